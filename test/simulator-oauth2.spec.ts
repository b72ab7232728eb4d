import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import {
  APPID,
  OTHER_APPID,
  OTHER_SECRET,
  RawWechat,
  RID,
  SECRET,
  startWithTwoApps,
} from './support/raw-wechat.js';

const MINUTES = 60_000;
const DAYS = 24 * 60 * MINUTES;
const TOKEN = /^95_[\w-]{133}$/;

describe("the simulator's /sns/oauth2 and /sns/userinfo", () => {
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

  type Consent = Parameters<RunningSimulator['wechat']['authorize']>[2];
  type Tokens = Record<'access_token' | 'refresh_token' | 'openid', string>;

  const otherApp = { appid: OTHER_APPID, secret: OTHER_SECRET };
  const authorize = (consent?: Consent) => simulator.wechat.authorize(APPID, 'band', consent);
  const tokens = async (consent?: Consent) => (await wechat.exchange(authorize(consent))).json as Tokens;
  const openid = () => simulator.wechat.openid(APPID, 'band');
  const unionid = () => simulator.wechat.unionid(APPID, 'band');
  const userInfo = (query: Record<string, string>) => wechat.get('/sns/userinfo', query);
  const refresh = (refresh_token: string, query: Record<string, string> = {}) =>
    wechat.get('/sns/oauth2/refresh_token', {
      appid: APPID,
      grant_type: 'refresh_token',
      refresh_token,
      ...query,
    });

  it('answer with 200 and text/plain without charset, whatever they say', async () => {
    const { access_token, refresh_token } = await tokens();
    const answers = [
      await wechat.exchange(authorize()),
      await wechat.exchange('unknown'),
      await refresh(refresh_token),
      await refresh('unknown'),
      await userInfo({ access_token, openid: openid() }),
      await userInfo({}),
      await wechat.get('/sns/auth', { access_token, openid: openid() }),
      await wechat.get('/sns/auth'),
    ];
    for (const { status, contentType } of answers) expect([status, contentType]).toEqual([200, 'text/plain']);
  });

  it('write a request id after a comma', async () => {
    expect((await wechat.exchange('unknown')).json).toEqual({
      errcode: 40029,
      errmsg: expect.stringMatching(new RegExp(`^invalid code, rid: ${RID}$`)),
    });
  });

  describe('a code', () => {
    it.each([
      ['snsapi_userinfo', true],
      ['snsapi_login', true],
      ['snsapi_base,snsapi_userinfo', true],
      ['snsapi_base', false],
    ])('with the scope %s is exchanged for tokens, with a unionid: %s', async (scope, hasUnionid) => {
      const { json } = await wechat.exchange(authorize({ scope }));
      expect(json).toEqual({
        access_token: expect.stringMatching(TOKEN),
        expires_in: 7200,
        refresh_token: expect.stringMatching(TOKEN),
        openid: openid(),
        scope,
        ...(hasUnionid ? { unionid: unionid() } : {}),
      });
    });

    it('has no unionid in an app that is not bound to its open platform account', async () => {
      simulator.wechat.addApp({ appid: APPID, unionid: false });
      const answer = await tokens({ scope: 'snsapi_login' });
      expect(answer).not.toHaveProperty('unionid');
      expect((await userInfo(answer)).json).not.toHaveProperty('unionid');
    });

    it('of a snapshot page says so, and is of somebody else who is always the same', async () => {
      const first = (await wechat.exchange(authorize({ snapshot: true }))).json;
      const second = (await wechat.exchange(authorize({ snapshot: true }))).json;
      expect(first).toEqual({
        access_token: expect.any(String),
        expires_in: 7200,
        refresh_token: expect.any(String),
        openid: second.openid,
        scope: 'snsapi_userinfo',
        unionid: second.unionid,
        is_snapshotuser: 1,
      });
      expect(first.openid).not.toBe(openid());
      expect(first.unionid).not.toBe(unionid());
    });

    it('is 32 letters and digits, works once, and for five minutes', async () => {
      const [used, old] = [authorize(), authorize()];
      expect(used).toMatch(/^[A-Za-z0-9]{32}$/);
      expect((await wechat.exchange(used)).json.errcode).toBeUndefined();
      expect((await wechat.exchange(used)).json.errcode).toBe(40163);
      simulator.wechat.clock.advance(5 * MINUTES);
      expect((await wechat.exchange(old)).json.errcode).toBe(40029);
    });

    it('is refused to another app, and spent by that', async () => {
      const code = authorize();
      expect((await wechat.exchange(code, otherApp)).json.errcode).toBe(40029);
      expect((await wechat.exchange(code)).json.errcode).toBe(40163);
    });

    it('is no js_code, and a js_code is none', async () => {
      expect((await wechat.code2Session(authorize())).json.errcode).toBe(40029);
      expect((await wechat.exchange(simulator.wechat.login(APPID, 'band'))).json.errcode).toBe(40029);
    });

    it('of a blocked user is 40226, and spent', async () => {
      simulator.wechat.addUser({ id: 'band', blocked: true });
      const code = authorize();
      expect((await wechat.exchange(code)).json.errcode).toBe(40226);
      expect((await wechat.exchange(code)).json.errcode).toBe(40163);
    });

    it.each([
      [{ appid: '' }, 41002],
      [{ secret: '' }, 41004],
      [{ code: '' }, 41008],
      [{ grant_type: 'refresh_token' }, 40002],
      [{ appid: 'wx00000000000000ff' }, 40013],
      [{ secret: 'wrong' }, 40125],
    ])('is not spent by a call with %j, which is %d', async (query, errcode) => {
      const code = authorize();
      expect((await wechat.exchange(code, query as Record<string, string>)).json.errcode).toBe(errcode);
      expect((await wechat.exchange(code)).json.errcode).toBeUndefined();
    });
  });

  describe('a user access token', () => {
    it('opens what the user has agreed to show', async () => {
      simulator.wechat.addUser({ id: 'band', profile: { nickName: '小明' } });
      const { access_token } = await tokens();
      expect((await userInfo({ access_token, openid: openid(), lang: 'zh_CN' })).json).toEqual({
        openid: openid(),
        nickname: '小明',
        sex: 0,
        language: '',
        city: '',
        province: '',
        country: '',
        headimgurl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
        privilege: [],
        unionid: unionid(),
      });
    });

    it('opens nothing with snsapi_base alone, and nothing from a snapshot page', async () => {
      expect((await userInfo(await tokens({ scope: 'snsapi_base' }))).json.errcode).toBe(48001);
      expect((await userInfo(await tokens({ snapshot: true }))).json.errcode).toBe(48001);
      expect((await userInfo(await tokens({ scope: 'snsapi_login' }))).json.errcode).toBeUndefined();
    });

    it('lives for 7200 seconds', async () => {
      const { access_token } = await tokens();
      const query = { access_token, openid: openid() };
      simulator.wechat.clock.advance(120 * MINUTES - 1);
      expect((await wechat.get('/sns/auth', query)).json).toEqual({ errcode: 0, errmsg: 'ok' });
      simulator.wechat.clock.advance(1);
      for (const path of ['/sns/auth', '/sns/userinfo']) {
        expect((await wechat.get(path, query)).json.errcode).toBe(42001);
      }
    });

    it.each([
      ['no token', { access_token: '' }, 41001],
      ['what could be no token', { access_token: 'x' }, 40014],
      ['an unknown token', { access_token: `95_${'x'.repeat(133)}` }, 40001],
      ['no openid', { openid: '' }, 41009],
      ["somebody else's openid", { openid: 'oOther' }, 40003],
    ])('is refused: %s', async (_, query, errcode) => {
      const { access_token } = await tokens();
      for (const path of ['/sns/auth', '/sns/userinfo']) {
        const { json } = await wechat.get(path, { access_token, openid: openid(), ...query });
        expect(json.errcode).toBe(errcode);
      }
    });

    it("is nothing to the app's own interfaces, and the app's token is nothing here", async () => {
      const { access_token } = await tokens();
      expect(await wechat.errcodeOfToken(access_token)).toBe(40001);
      const query = { access_token: await wechat.accessToken(), openid: openid() };
      expect((await userInfo(query)).json.errcode).toBe(40001);
    });
  });

  describe('a refresh token', () => {
    it('lets the access token live for 7200 seconds more', async () => {
      const { access_token, refresh_token } = await tokens();
      simulator.wechat.clock.advance(100 * MINUTES);
      expect((await refresh(refresh_token)).json).toEqual({
        access_token,
        expires_in: 7200,
        refresh_token,
        openid: openid(),
        scope: 'snsapi_userinfo',
      });
      simulator.wechat.clock.advance(100 * MINUTES);
      expect((await userInfo({ access_token, openid: openid() })).json.errcode).toBeUndefined();
    });

    it('brings another access token when that one has expired', async () => {
      const { access_token, refresh_token } = await tokens();
      simulator.wechat.clock.advance(120 * MINUTES);
      const { json } = await refresh(refresh_token);
      expect(json.access_token).not.toBe(access_token);
      expect((await userInfo({ access_token, openid: openid() })).json.errcode).toBe(42001);
      expect((await userInfo(json as Tokens)).json.errcode).toBeUndefined();
    });

    it('lives for 30 days, used or not', async () => {
      const { refresh_token } = await tokens();
      simulator.wechat.clock.advance(30 * DAYS - 1);
      expect((await refresh(refresh_token)).json.errcode).toBeUndefined();
      simulator.wechat.clock.advance(1);
      expect((await refresh(refresh_token)).json.errcode).toBe(42002);
    });

    it.each([
      [{ appid: '' }, 41002],
      [{ refresh_token: '' }, 41003],
      [{ grant_type: 'authorization_code' }, 40002],
      [{ appid: 'wx00000000000000ff' }, 40013],
      [{ appid: OTHER_APPID }, 40030],
      [{ refresh_token: 'unknown' }, 40030],
    ])('is refused with %j: %d', async (query, errcode) => {
      const { refresh_token } = await tokens();
      const { json } = await refresh(refresh_token, query);
      expect(json.errcode).toBe(errcode);
    });
  });

  describe('the control API', () => {
    it('gives a code of a known user', async () => {
      const request = { appid: APPID, user: 'band', scope: 'snsapi_login', snapshot: true };
      const { status, json } = await wechat.post('/simulator/authorization-codes', request);
      expect([status, json]).toEqual([200, { code: expect.stringMatching(/^\w{32}$/), user: 'band' }]);
      const answer = (await wechat.exchange(json.code as string)).json;
      expect([answer.scope, answer.is_snapshotuser]).toEqual(['snsapi_login', 1]);
    });

    it('gives a code of a new one', async () => {
      const { json } = await wechat.post('/simulator/authorization-codes', { appid: APPID });
      expect(json).toEqual({ code: expect.any(String), user: expect.stringMatching(/^user-/) });
      expect((await wechat.exchange(json.code as string)).json).toMatchObject({
        openid: simulator.wechat.openid(APPID, json.user as string),
        scope: 'snsapi_userinfo',
      });
    });

    it.each([
      [
        { appid: APPID, scope: 'profile' },
        'scope: must be snsapi_base, snsapi_userinfo or snsapi_login, comma separated',
      ],
      [{ appid: APPID, snapshot: 1 }, 'snapshot: Invalid input: expected boolean, received number'],
      [{ appid: APPID, user: 'nobody' }, 'user: no such user nobody'],
      [{ appid: 'wx00000000000000ff' }, 'appid: no such app wx00000000000000ff'],
    ])('refuses %j', async (request, message) => {
      const answer = await wechat.post('/simulator/authorization-codes', request);
      expect([answer.status, answer.json]).toEqual([400, { message }]);
    });
  });

  it('lists its calls under the app, whatever they name', async () => {
    const code = authorize();
    const { access_token, refresh_token } = (await wechat.exchange(code)).json as Tokens;
    await refresh(refresh_token);
    await userInfo({ access_token, openid: openid() });
    await wechat.get('/sns/auth', { access_token, openid: 'oOther' });
    const calls = simulator.wechat.calls({ appid: APPID });
    expect(calls.map(({ path, errcode, query }) => [path, errcode, query])).toEqual([
      [
        '/sns/oauth2/access_token',
        0,
        { appid: APPID, secret: SECRET, code, grant_type: 'authorization_code' },
      ],
      ['/sns/oauth2/refresh_token', 0, { appid: APPID, grant_type: 'refresh_token', refresh_token }],
      ['/sns/userinfo', 0, { access_token, openid: openid() }],
      ['/sns/auth', 40003, { access_token, openid: 'oOther' }],
    ]);
  });

  it('meet faults like every other endpoint', async () => {
    const code = authorize();
    simulator.wechat.fault({
      path: '/sns/oauth2/access_token',
      kind: 'errcode',
      errcode: 42003,
      spend: true,
    });
    expect((await wechat.exchange(code)).json).toEqual({
      errcode: 42003,
      errmsg: expect.stringMatching(new RegExp(`^oauth code timeout, rid: ${RID}$`)),
    });
    expect((await wechat.exchange(code)).json.errcode).toBe(40163);
    const answer = await tokens();
    const patch = { nickname: 'a\u0007b', sex: 2, privilege: null };
    simulator.wechat.fault({ path: '/sns/userinfo', kind: 'merge', patch, raw_control_characters: true });
    const { text } = await userInfo(answer);
    expect(text).toContain('"nickname":"a\u0007b","sex":2');
    expect(text).not.toContain('privilege');
  });
});
