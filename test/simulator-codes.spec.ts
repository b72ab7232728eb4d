import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, OTHER_APPID, OTHER_SECRET, RawWechat, startWithTwoApps } from './support/raw-wechat.js';

const MINUTES = 60_000;

describe("the simulator's jscode2session", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startWithTwoApps({ unionid: false });
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    simulator.wechat.reset();
    simulator.wechat.addUser({ id: 'band' });
  });

  const otherApp = { appid: OTHER_APPID, secret: OTHER_SECRET };
  const errcode = async (jsCode: string, query = {}) =>
    (await wechat.code2Session(jsCode, query)).json.errcode as number | undefined;

  describe('a success', () => {
    it('holds session_key and openid, in this order, and no errcode', async () => {
      const { json } = await wechat.code2Session(simulator.wechat.login(APPID, 'band'));
      expect(json).toEqual({
        session_key: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
        openid: expect.stringMatching(/^o[A-Za-z0-9_-]{27}$/),
      });
      expect(Object.keys(json as object)).toEqual(['session_key', 'openid']);
      expect(Buffer.from(json.session_key as string, 'base64')).toHaveLength(16);
    });

    it('holds the unionid, last, from the moment the app is bound to its open platform account', async () => {
      const before = await wechat.code2Session(simulator.wechat.login(APPID, 'band'));
      simulator.wechat.addApp({ appid: APPID, unionid: true });
      const after = await wechat.code2Session(simulator.wechat.login(APPID, 'band'));
      expect(after.json).toEqual({
        ...before.json,
        unionid: expect.stringMatching(/^o[A-Za-z0-9_-]{27}$/),
      });
      expect(Object.keys(after.json as object)).toEqual(['session_key', 'openid', 'unionid']);
    });

    it('knows a person by one unionid in all apps of an account, and by another openid in each', async () => {
      simulator.wechat.addApp({ appid: APPID, unionid: true });
      const one = (await wechat.code2Session(simulator.wechat.login(APPID, 'band'))).json;
      const two = (await wechat.code2Session(simulator.wechat.login(OTHER_APPID, 'band'), otherApp)).json;
      simulator.wechat.addApp({ appid: OTHER_APPID, open_platform_account: 'another' });
      const three = (await wechat.code2Session(simulator.wechat.login(OTHER_APPID, 'band'), otherApp)).json;
      expect(two.unionid).toBe(one.unionid);
      expect(two.openid).not.toBe(one.openid);
      expect(three.openid).toBe(two.openid);
      expect(three.unionid).not.toBe(two.unionid);
    });

    it('tells openids and unionids apart that differ only in case', async () => {
      simulator.wechat.addApp({ appid: APPID, unionid: true });
      const names = ['oABC', 'oabc'];
      for (const name of names) {
        simulator.wechat.addUser({ id: name, openids: { [APPID]: name }, unionids: { default: `u${name}` } });
        const { json } = await wechat.code2Session(simulator.wechat.login(APPID, name));
        expect(json).toEqual({ session_key: expect.any(String), openid: name, unionid: `u${name}` });
      }
    });
  });

  describe('a js_code', () => {
    it('is 32 letters and digits, and another at each login', () => {
      const first = simulator.wechat.login(APPID, 'band');
      expect(first).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(simulator.wechat.login(APPID, 'band')).not.toBe(first);
    });

    it('coexists with the other codes of its user', async () => {
      const codes = [simulator.wechat.login(APPID, 'band'), simulator.wechat.login(APPID, 'band')];
      for (const code of codes) expect(await errcode(code)).toBeUndefined();
    });

    it('is spent by its first exchange: 40163 until it expires, 40029 after that', async () => {
      const code = simulator.wechat.login(APPID, 'band');
      expect(await errcode(code)).toBeUndefined();
      expect(await errcode(code)).toBe(40163);
      simulator.wechat.clock.advance(5 * MINUTES);
      expect(await errcode(code)).toBe(40029);
    });

    it('lives for 300 seconds', async () => {
      const [early, late] = [simulator.wechat.login(APPID, 'band'), simulator.wechat.login(APPID, 'band')];
      simulator.wechat.clock.advance(5 * MINUTES - 1);
      expect(await errcode(early)).toBeUndefined();
      simulator.wechat.clock.advance(1);
      expect(await errcode(late)).toBe(40029);
    });

    it('is refused to another app, and spent by that', async () => {
      const code = simulator.wechat.login(APPID, 'band');
      expect(await errcode(code, otherApp)).toBe(40029);
      expect(await errcode(code)).toBe(40163);
    });

    it('is not spent by a call that fails before the code is looked at', async () => {
      const code = simulator.wechat.login(APPID, 'band');
      expect(await errcode(code, { secret: 'wrong' })).toBe(40125);
      expect(await errcode(code)).toBeUndefined();
    });

    it.each(['garbage', 'the code is a mock one'])('that nobody issued (%s) is 40029', async (code) => {
      expect(await errcode(code)).toBe(40029);
    });

    it('of the phone button is 40029', async () => {
      expect(await errcode(simulator.wechat.phoneCode(APPID, 'band'))).toBe(40029);
    });

    it('of a blocked user is 40226', async () => {
      simulator.wechat.addUser({ id: 'band', blocked: true });
      expect(await errcode(simulator.wechat.login(APPID, 'band'))).toBe(40226);
    });
  });

  it('is exchanged once when 50 requests race for it', async () => {
    const code = simulator.wechat.login(APPID, 'band');
    const errcodes = await Promise.all(Array.from({ length: 50 }, () => errcode(code)));
    expect(errcodes.filter((value) => value === undefined)).toHaveLength(1);
    expect(errcodes.filter((value) => value === 40163)).toHaveLength(49);
  });
});
