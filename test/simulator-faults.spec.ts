import { endpointPaths } from '../src/simulator/endpoints/endpoint-paths.js';
import { type Fault } from '../src/simulator/faults/fault.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, NOW, OTHER_APPID, RawWechat, RID, SECRET } from './support/raw-wechat.js';

const PATH = endpointPaths.jscode2session;

describe("the simulator's faults", () => {
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

  /** Scripted over HTTP, as any team would. */
  async function fault(script: Fault): Promise<void> {
    const answer = await wechat.post('/simulator/faults', script);
    expect([answer.status, answer.text]).toEqual([204, '']);
  }
  const code = () => simulator.wechat.login(APPID, 'band');
  const session = () => ({
    session_key: expect.any(String),
    openid: expect.any(String),
    unionid: expect.any(String),
  });

  describe('of the kind errcode', () => {
    it.each([-1, 40029, 45009, 45011, 48001, 61024, 89501])(
      'answer %d instead of the endpoint',
      async (errcode) => {
        await fault({ path: PATH, kind: 'errcode', errcode });
        expect((await wechat.code2Session(code())).json).toEqual({
          errcode,
          errmsg: expect.stringMatching(new RegExp(`^[^,]+, rid: ${RID}$`)),
        });
      },
    );

    it('print any errcode and errmsg', async () => {
      await fault({ path: PATH, kind: 'errcode', errcode: 123456, errmsg: 'hint: [x]' });
      expect((await wechat.code2Session(code())).json).toEqual({ errcode: 123456, errmsg: 'hint: [x]' });
    });

    it('leave the code unspent, or spend it when told to', async () => {
      const [kept, burnt] = [code(), code()];
      await fault({ path: PATH, kind: 'errcode', errcode: -1 });
      await fault({ path: PATH, kind: 'errcode', errcode: -1, spend: true });
      expect((await wechat.code2Session(kept)).json.errcode).toBe(-1);
      expect((await wechat.code2Session(burnt)).json.errcode).toBe(-1);
      expect((await wechat.code2Session(kept)).json).toEqual(session());
      expect((await wechat.code2Session(burnt)).json.errcode).toBe(40163);
    });
  });

  describe('by their times', () => {
    const errcodes = async (calls: number) => {
      const seen: (number | undefined)[] = [];
      for (let call = 0; call < calls; call++)
        seen.push((await wechat.code2Session(code())).json.errcode as number | undefined);
      return seen;
    };

    it('meet one call unless told otherwise', async () => {
      await fault({ path: PATH, kind: 'errcode', errcode: -1 });
      expect(await errcodes(2)).toEqual([-1, undefined]);
    });

    it('meet the next N calls, one script after the other', async () => {
      await fault({ path: PATH, kind: 'errcode', errcode: -1, times: 2 });
      await fault({ path: PATH, kind: 'errcode', errcode: 45011 });
      expect(await errcodes(4)).toEqual([-1, -1, 45011, undefined]);
    });

    it('meet every call until they are cleared', async () => {
      await fault({ path: PATH, kind: 'errcode', errcode: -1, times: 'always' });
      expect(await errcodes(3)).toEqual([-1, -1, -1]);
      expect((await wechat.delete('/simulator/faults')).status).toBe(204);
      expect(await errcodes(1)).toEqual([undefined]);
    });

    it('meet calls of their own path only', async () => {
      await fault({ path: endpointPaths.stable_token, kind: 'errcode', errcode: -1 });
      expect(await errcodes(1)).toEqual([undefined]);
      expect((await wechat.stableToken()).json.errcode).toBe(-1);
    });
  });

  describe('of the connection', () => {
    it('reset it before the code is spent', async () => {
      const jsCode = code();
      await fault({ path: PATH, kind: 'reset' });
      await expect(wechat.code2Session(jsCode)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
      expect((await wechat.code2Session(jsCode)).json).toEqual(session());
    });

    it('reset it after the code is spent', async () => {
      const jsCode = code();
      await fault({ path: PATH, kind: 'reset', spend: true });
      await expect(wechat.code2Session(jsCode)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
      expect((await wechat.code2Session(jsCode)).json.errcode).toBe(40163);
    });

    it('leave it hanging, the code unspent', async () => {
      const jsCode = code();
      await fault({ path: PATH, kind: 'hang' });
      const impatience = new AbortController();
      const url = `${simulator.url}${PATH}?appid=${APPID}&secret=${SECRET}&js_code=${jsCode}`;
      const fate = fetch(url, { signal: impatience.signal }).then(
        () => 'answered',
        (error: Error) => error.name,
      );
      // Others are served while the call hangs.
      while (simulator.wechat.calls().length === 0) await wechat.get('/simulator/calls');
      expect((await wechat.code2Session(jsCode)).json).toEqual(session());
      impatience.abort();
      expect(await fate).toBe('AbortError');
      expect(simulator.wechat.calls()[0]).toMatchObject({ fault: 'hang', status: null, errcode: null });
    });

    it('delay the answer', async () => {
      await fault({ path: PATH, kind: 'delay', delay_ms: 50 });
      const started = performance.now();
      const { json } = await wechat.code2Session(code());
      expect(json).toEqual(session());
      expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    });

    it('delay another fault, too', async () => {
      await fault({ path: PATH, kind: 'errcode', errcode: -1, delay_ms: 50 });
      const started = performance.now();
      expect((await wechat.code2Session(code())).json.errcode).toBe(-1);
      expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    });
  });

  describe('of the body', () => {
    it('empty it', async () => {
      await fault({ path: PATH, kind: 'empty_body' });
      const { status, contentType, text } = await wechat.code2Session(code());
      expect([status, contentType, text]).toEqual([200, 'text/html; charset=gbk', '']);
    });

    it('make it HTML', async () => {
      await fault({ path: PATH, kind: 'html_body' });
      const { status, contentType, text } = await wechat.code2Session(code());
      expect([status, contentType]).toEqual([200, 'text/html; charset=gbk']);
      expect(text).toMatch(/^<html>.*<\/html>$/);
    });

    it('make it longer than a client should read, yet right', async () => {
      await fault({ path: PATH, kind: 'oversize_body' });
      await fault({ path: PATH, kind: 'oversize_body', bytes: 300_000 });
      for (const bytes of [524_288, 300_000]) {
        const { text, json } = await wechat.code2Session(code());
        expect(text).toHaveLength(bytes);
        expect(json).toEqual(session());
      }
    });

    it.each([301, 302, 404, 500, 502, 503])(
      'make it the body of a gateway with status %d',
      async (status) => {
        const headers = { Location: `${simulator.url}/simulator/calls`, 'Content-Type': 'text/html' };
        await fault({ path: PATH, kind: 'raw', status, headers, body: '<html>' });
        const answer = await wechat.code2Session(code());
        expect([answer.status, answer.contentType, answer.text]).toEqual([status, 'text/html', '<html>']);
      },
    );

    it('make it anything', async () => {
      await fault({ path: PATH, kind: 'raw', body: '{"openid":' });
      const { status, text } = await wechat.code2Session(code());
      expect([status, text]).toEqual([200, '{"openid":']);
    });
  });

  describe('of the kind merge', () => {
    it.each(['openid', 'session_key', 'unionid'])('take the %s out of the session', async (member) => {
      await fault({ path: PATH, kind: 'merge', patch: { [member]: null } });
      const expected = Object.entries(session()).filter(([name]) => name !== member);
      expect((await wechat.code2Session(code())).json).toEqual(Object.fromEntries(expected));
    });

    it('put the errcode 0 or an old expires_in into the session', async () => {
      await fault({ path: PATH, kind: 'merge', patch: { errcode: 0, errmsg: 'ok', expires_in: 7200 } });
      const expected = { ...session(), errcode: 0, errmsg: 'ok', expires_in: 7200 };
      expect((await wechat.code2Session(code())).json).toEqual(expected);
    });

    it('write control characters raw, in a nickname say', async () => {
      const patch = { nickname: 'a\u0007\n"b\\' };
      await fault({ path: PATH, kind: 'merge', patch, raw_control_characters: true });
      const { text, json } = await wechat.code2Session(code());
      expect(text).toContain('"nickname":"a\u0007\n\\"b\\\\"');
      expect(json).toBeUndefined();
    });

    it("change a phone number's country code to a number, its timestamp to text, its watermark to another app's", async () => {
      const watermark = { appid: OTHER_APPID, timestamp: `${NOW / 1000}` };
      const patch = { phone_info: { countryCode: 86, watermark } };
      await fault({ path: endpointPaths.getuserphonenumber, kind: 'merge', patch });
      const { json } = await wechat.phoneNumber(
        await wechat.accessToken(),
        simulator.wechat.phoneCode(APPID, 'band'),
      );
      expect(json).toEqual({
        errcode: 0,
        errmsg: 'ok',
        phone_info: {
          phoneNumber: '13800138000',
          purePhoneNumber: '13800138000',
          countryCode: 86,
          watermark: { timestamp: `${NOW / 1000}`, appid: OTHER_APPID },
        },
      });
    });
  });

  it('do not keep a closing simulator alive', async () => {
    const doomed = await startSimulator({ apps: [{ appid: APPID, secret: SECRET }] });
    doomed.wechat.fault({ path: PATH, kind: 'hang' });
    doomed.wechat.fault({ path: PATH, kind: 'delay', delay_ms: 3_600_000 });
    const calls = [new RawWechat(doomed.url), new RawWechat(doomed.url)].map((client) =>
      client.code2Session('x').catch((error: Error) => error.message),
    );
    while (doomed.wechat.calls().length < 2) await new RawWechat(doomed.url).get('/simulator/calls');
    await doomed.close();
    expect(await Promise.all(calls)).toEqual(['fetch failed', 'fetch failed']);
  });
});
