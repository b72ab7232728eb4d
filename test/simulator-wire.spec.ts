import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, NOW, RawWechat, RID, SECRET } from './support/raw-wechat.js';

describe("the simulator's answers on the wire", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startSimulator({ clock: { now: () => NOW }, apps: [{ appid: APPID, secret: SECRET }] });
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    simulator.wechat.reset();
    simulator.wechat.addUser({ id: 'band' });
  });

  it('answers success and business errors of /sns/* with 200 and text/plain without charset', async () => {
    const success = await wechat.code2Session(simulator.wechat.login(APPID, 'band'));
    const failure = await wechat.code2Session('unknown');
    expect([success.status, success.contentType]).toEqual([200, 'text/plain']);
    expect([failure.status, failure.contentType]).toEqual([200, 'text/plain']);
  });

  it('answers /cgi-bin/* and /wxa/* with 200 and application/json; encoding=utf-8', async () => {
    const answers = [
      await wechat.token(),
      await wechat.stableToken(),
      await wechat.stableToken({ secret: 'wrong' }),
      await wechat.phoneNumber(await wechat.accessToken(), simulator.wechat.phoneCode(APPID, 'band')),
      await wechat.phoneNumber('', 'code'),
      await wechat.get('/wxa/checksession'),
      await wechat.get('/wxa/resetusersessionkey'),
    ];
    for (const { status, contentType } of answers) {
      expect([status, contentType]).toEqual([200, 'application/json; encoding=utf-8']);
    }
  });

  it.each(['/cgi-bin/stable_token', '/wxa/business/getuserphonenumber'])(
    'refuses a chunked POST to %s with 412 and an empty body',
    async (path) => {
      const outgoing = request(new URL(path, simulator.url), { method: 'POST' });
      outgoing.write('{"grant_type":');
      outgoing.end('"client_credential"}');
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      expect([answer.statusCode, Buffer.concat(chunks).length]).toEqual([412, 0]);
    },
  );

  it('escapes slashes', async () => {
    simulator.wechat.addApp({ appid: APPID, session_key_rotation: 'always', minute_quota_per_user: 0 });
    for (let attempt = 0; attempt < 1000; attempt++) {
      const { text, json } = await wechat.code2Session(simulator.wechat.login(APPID, 'band'));
      if (!(json as { session_key: string }).session_key.includes('/')) continue;
      expect(text.replaceAll('\\/', '')).not.toContain('/');
      expect(text).toContain('\\/');
      return;
    }
    throw new Error('no session key with a slash in 1000 logins');
  });

  it('writes a request id of the time and two random groups after a comma under /sns/*', async () => {
    const { json } = await wechat.code2Session('unknown');
    expect(json).toEqual({
      errcode: 40029,
      errmsg: expect.stringMatching(new RegExp(`^invalid code, rid: ${RID}$`)),
    });
  });

  it('writes the request id without a comma under /cgi-bin/*', async () => {
    const { json } = await wechat.token({ appid: 'wx00000000000000ff' });
    expect(json).toEqual({
      errcode: 40013,
      errmsg: expect.stringMatching(new RegExp(`^invalid appid rid: ${RID}$`)),
    });
  });

  it('writes a hint before the request id of a refused phone code', async () => {
    const { json } = await wechat.phoneNumber(await wechat.accessToken(), 'unknown');
    expect(json).toEqual({
      errcode: 40029,
      errmsg: expect.stringMatching(new RegExp(`^invalid code hint: \\[[A-Za-z0-9]{11,16}\\] rid: ${RID}$`)),
    });
  });

  it('recommends the stable token where an access token is superseded', async () => {
    const { text, json } = await wechat.get('/wxa/checksession', { access_token: `95_${'x'.repeat(133)}` });
    expect(json).toEqual({
      errcode: 40001,
      errmsg: expect.stringMatching(
        new RegExp(
          '^invalid credential, access_token is invalid or not latest, could get access_token by ' +
            `getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: ${RID}$`,
        ),
      ),
    });
    expect(text).toContain('https:\\/\\/mmbizurl.cn\\/s\\/JtxxFh33r');
  });

  it('never writes the same request id twice', async () => {
    const first = await wechat.code2Session('unknown');
    const second = await wechat.code2Session('unknown');
    expect(first.text).not.toBe(second.text);
  });
});
