import { type AppOptions } from '../src/simulator/state/app.js';
import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, OTHER_APPID, OTHER_SECRET, RawWechat, RID, startWithTwoApps } from './support/raw-wechat.js';

describe('what the simulated WeChat refuses', () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startWithTwoApps();
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    simulator.wechat.reset();
    simulator.wechat.addUser({ id: 'band' });
  });

  const set = (options: AppOptions) => simulator.wechat.addApp({ appid: APPID, ...options });
  const errcodeOf = async (answer: Promise<{ json: { errcode?: number } }>) => (await answer).json.errcode;
  const outsider = ['10.0.0.1', '10.1.0.0/16', '10.2.0.*'];

  describe('at jscode2session', () => {
    const absent = { appid: '', secret: '', js_code: '', grant_type: '' };
    const unknownApp = 'wx00000000000000ff';

    it.each([
      ['appid, first of all', absent, 41002, 'appid missing'],
      ['secret, before the code', { ...absent, appid: unknownApp }, 41004, 'appsecret missing'],
      [
        'js_code, before the grant type',
        { js_code: '', grant_type: '', appid: unknownApp },
        41008,
        'missing code',
      ],
      ['grant_type, before the app', { grant_type: '', appid: unknownApp }, 40002, 'invalid grant_type'],
      ['an unknown app, before the secret', { appid: unknownApp, secret: 'wrong' }, 40013, 'invalid appid'],
      [
        'a wrong secret, before the code',
        { secret: 'wrong', js_code: 'unknown' },
        40125,
        'invalid appsecret',
      ],
      ["another app's secret", { secret: OTHER_SECRET }, 40125, 'invalid appsecret'],
      ['an unknown code', { js_code: 'unknown' }, 40029, 'invalid code'],
    ])('%s', async (_, query, errcode, text) => {
      const { json } = await wechat.code2Session(simulator.wechat.login(APPID, 'band'), query);
      expect(json).toEqual({ errcode, errmsg: expect.stringMatching(new RegExp(`^${text}, rid: ${RID}$`)) });
    });

    it('an address outside the whitelist, before missing parameters', async () => {
      set({ ip_whitelist: outsider });
      const { json } = await wechat.code2Session('', { secret: '' });
      expect(json).toEqual({
        errcode: 40164,
        errmsg: expect.stringMatching(
          new RegExp(`^invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist, rid: ${RID}$`),
        ),
      });
    });

    it('more than 100 calls of one user in a minute, without spending the code', async () => {
      simulator.wechat.addUser({ id: 'other' });
      for (let call = 0; call < 100; call++) {
        expect(await errcodeOf(wechat.code2Session(simulator.wechat.login(APPID, 'band')))).toBeUndefined();
      }
      const code = simulator.wechat.login(APPID, 'band');
      expect((await wechat.code2Session(code)).json).toEqual({
        errcode: 45011,
        errmsg: expect.stringMatching(/^api minute-quota reach limit must slower retry next minute, rid: /),
      });
      expect(await errcodeOf(wechat.code2Session(simulator.wechat.login(APPID, 'other')))).toBeUndefined();
      simulator.wechat.clock.advance(60_000);
      expect(await errcodeOf(wechat.code2Session(code))).toBeUndefined();
    });

    it('no number of calls when that quota is off', async () => {
      set({ minute_quota_per_user: 0 });
      const answers = Array.from({ length: 150 }, () =>
        errcodeOf(wechat.code2Session(simulator.wechat.login(APPID, 'band'))),
      );
      expect(new Set(await Promise.all(answers))).toEqual(new Set([undefined]));
    });
  });

  describe.each(['token', 'stable_token'] as const)('at %s', (endpoint) => {
    const call = (parameters: Record<string, string> = {}) =>
      endpoint === 'token' ? wechat.token(parameters) : wechat.stableToken(parameters);
    const unknownApp = 'wx00000000000000ff';

    it.each([
      ['appid, first of all', { appid: '', secret: '', grant_type: '' }, 41002, 'appid missing'],
      [
        'secret, before the app',
        { appid: unknownApp, secret: '', grant_type: '' },
        41004,
        'appsecret missing',
      ],
      [
        'an unknown app, before the grant type',
        { appid: unknownApp, grant_type: '' },
        40013,
        'invalid appid',
      ],
      [
        'the grant type, before the secret',
        { grant_type: 'x', secret: 'wrong' },
        40002,
        'invalid grant_type',
      ],
      ['a wrong secret', { secret: 'wrong' }, 40125, 'invalid appsecret'],
    ])('%s', async (_, parameters, errcode, text) => {
      const { json } = await call(parameters);
      expect(json).toEqual({ errcode, errmsg: expect.stringMatching(new RegExp(`^${text} rid: ${RID}$`)) });
    });

    it('an address outside the whitelist, before anything else', async () => {
      set({ ip_whitelist: outsider });
      expect((await call({ secret: '', grant_type: '' })).json).toEqual({
        errcode: 40164,
        errmsg: expect.stringMatching(
          new RegExp(`^invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ${RID}$`),
        ),
      });
    });

    it.each([
      ['a frozen secret, after a wrong one', { secret_frozen: true }, 40243],
      ['a limited account', { account: 'limited' }, 50002],
      ['a punished account', { account: 'punished' }, 50004],
      ['a frozen account', { account: 'frozen' }, 50007],
    ] satisfies [string, AppOptions, number][])('%s', async (_, options, errcode) => {
      set(options);
      expect(await errcodeOf(call({ secret: 'wrong' }))).toBe(40125);
      expect(await errcodeOf(call())).toBe(errcode);
    });
  });

  describe('by the IP whitelist', () => {
    const all = async () => [
      await errcodeOf(wechat.code2Session(simulator.wechat.login(APPID, 'band'))),
      await errcodeOf(wechat.token()),
      await errcodeOf(wechat.stableToken()),
    ];

    it.each(['127.0.0.1', '127.0.0.*', '127.0.0.0/8'])(
      'nothing from an address that %s covers',
      async (entry) => {
        set({ ip_whitelist: [...outsider, entry] });
        expect(await all()).toEqual([undefined, undefined, undefined]);
      },
    );

    it('everything from any other address, once it is on', async () => {
      expect(await all()).toEqual([undefined, undefined, undefined]);
      set({ ip_whitelist: outsider });
      expect(await all()).toEqual([40164, 40164, 40164]);
      set({ ip_whitelist: null });
      expect(await all()).toEqual([undefined, undefined, undefined]);
    });

    it('only at the endpoints that it guards', async () => {
      set({ ip_whitelist: [], ip_whitelist_endpoints: ['token', 'stable_token'] });
      expect(await all()).toEqual([undefined, 40164, 40164]);
    });

    it('nothing of another app', async () => {
      set({ ip_whitelist: [] });
      const answer = wechat.stableToken({ appid: OTHER_APPID, secret: OTHER_SECRET });
      expect(await errcodeOf(answer)).toBeUndefined();
    });
  });

  it('the old secret after it was changed', async () => {
    set({ secret: 'changed' });
    expect(await errcodeOf(wechat.stableToken())).toBe(40125);
    expect(await errcodeOf(wechat.stableToken({ secret: 'changed' }))).toBeUndefined();
  });
});
