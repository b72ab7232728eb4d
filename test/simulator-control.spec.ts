import { Logger } from '@nestjs/common';
import { createDecipheriv } from 'node:crypto';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, NOW, RawWechat, SECRET } from './support/raw-wechat.js';

describe("the simulator's control API", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startSimulator({ clock: { now: () => NOW }, apps: [{ appid: APPID, secret: SECRET }] });
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => simulator.wechat.reset());

  it('creates an app with its defaults', async () => {
    const { status, json } = await wechat.post('/simulator/apps', {});
    expect(status).toBe(200);
    expect(json).toEqual({
      appid: expect.stringMatching(/^wx[0-9a-f]{16}$/),
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      unionid: true,
      open_platform_account: 'default',
      ip_whitelist: null,
      ip_whitelist_endpoints: ['jscode2session', 'token', 'stable_token'],
      secret_frozen: false,
      account: 'normal',
      phone_number_capability: true,
      session_key_rotation: 'min_period',
      session_key_min_period: 300,
      session_key_ttl: 259_200,
      minute_quota_per_user: 100,
      token_daily_quota: 2000,
      stable_token_minute_quota: 10_000,
      stable_token_daily_quota: 500_000,
      force_refresh_daily_quota: 20,
      phone_minute_quota: 0,
      reset_session_key_minute_quota: 60_000,
    });
  });

  it('changes the named members of an app and keeps the others', async () => {
    const { json } = await wechat.post('/simulator/apps', { appid: APPID, secret_frozen: true });
    expect(json).toEqual({
      ...simulator.wechat.addApp({ appid: APPID }),
      secret: SECRET,
      secret_frozen: true,
    });
  });

  it('creates a user, known by name in every app, and changes one', async () => {
    const { status, json } = await wechat.post('/simulator/users', {
      id: 'band',
      openids: { [APPID]: 'oBand' },
      profile: { nickName: '小明' },
      phone: { countryCode: '86', purePhoneNumber: '13612345678' },
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      id: 'band',
      openids: { [APPID]: 'oBand' },
      unionids: { default: simulator.wechat.unionid(APPID, 'band') },
      profile: {
        nickName: '小明',
        gender: 1,
        language: 'zh_CN',
        city: 'Guangzhou',
        province: 'Guangdong',
        country: 'CN',
        avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
      },
      phone: { countryCode: '86', purePhoneNumber: '13612345678' },
      blocked: false,
    });
    const changed = await wechat.post('/simulator/users', {
      id: 'band',
      profile: { city: '' },
      blocked: true,
    });
    expect(changed.json).toEqual({ ...json, profile: { ...json.profile, city: '' }, blocked: true });
  });

  it('frees the openid that a user had before', async () => {
    const openid = (id: string, value: string) =>
      wechat.post('/simulator/users', { id, openids: { [APPID]: value } });
    await openid('band', 'oBefore');
    await openid('band', 'oAfter');
    expect((await openid('other', 'oBefore')).json.openids).toEqual({ [APPID]: 'oBefore' });
    expect(simulator.wechat.openid(APPID, 'band')).toBe('oAfter');
  });

  it('gives a user with the same id the same openid after a reset', async () => {
    const before = await wechat.post('/simulator/users', { id: 'band' });
    await wechat.post('/simulator/reset', '');
    expect((await wechat.post('/simulator/users', { id: 'band' })).json).toEqual(before.json);
  });

  it('logs a user in', async () => {
    await wechat.post('/simulator/users', { id: 'band' });
    const { status, json } = await wechat.post('/simulator/codes', { appid: APPID, user: 'band' });
    expect(status).toBe(200);
    expect(json).toEqual({ js_code: expect.stringMatching(/^\w{32}$/), user: 'band' });
    expect((await wechat.code2Session(json.js_code as string)).json.openid).toBe(
      simulator.wechat.openid(APPID, 'band'),
    );
  });

  it('logs a new user in, with a profile under the session key', async () => {
    const { json } = await wechat.post('/simulator/codes', { appid: APPID, profile: 'user_info' });
    expect(json).toEqual({
      js_code: expect.any(String),
      user: expect.stringMatching(/^user-/),
      encryptedData: expect.any(String),
      iv: expect.any(String),
    });
    const session = (await wechat.code2Session(json.js_code as string)).json;
    const key = Buffer.from(session.session_key as string, 'base64');
    const decipher = createDecipheriv('aes-128-cbc', key, Buffer.from(json.iv as string, 'base64'));
    const text = decipher.update(json.encryptedData as string, 'base64', 'utf8') + decipher.final('utf8');
    expect(JSON.parse(text)).toMatchObject({ openId: session.openid, unionId: session.unionid });
  });

  it('gives phone codes and encrypted data', async () => {
    await wechat.post('/simulator/users', { id: 'band' });
    const phone = await wechat.post('/simulator/phone-codes', { appid: APPID, user: 'band' });
    expect(phone.json).toEqual({ phone_code: expect.stringMatching(/^[0-9a-f]{64}$/), user: 'band' });
    await wechat.post('/simulator/codes', { appid: APPID, user: 'band' });
    const request = { appid: APPID, user: 'band', profile: 'placeholder', patch: { is_demote: null } };
    const { status, json } = await wechat.post('/simulator/encrypted-data', request);
    expect(status).toBe(200);
    expect(json).toEqual({ encryptedData: expect.any(String), iv: expect.any(String) });
  });

  it('moves the clock', async () => {
    const clock = (body: object) => wechat.post('/simulator/clock', body);
    expect((await clock({ advance_ms: 5000 })).json).toEqual({ now: NOW + 5000, offset_ms: 5000 });
    expect((await clock({ advance_ms: -1000 })).json).toEqual({ now: NOW + 4000, offset_ms: 4000 });
    expect((await clock({ offset_ms: 0 })).json).toEqual({ now: NOW, offset_ms: 0 });
  });

  it('forgets everything but the apps of the start', async () => {
    await wechat.post('/simulator/apps', { appid: APPID, secret: 'changed' });
    await wechat.post('/simulator/users', { id: 'band' });
    await wechat.post('/simulator/faults', { path: '/cgi-bin/token', kind: 'hang' });
    await wechat.post('/simulator/clock', { advance_ms: 1 });
    const { status, text } = await wechat.post('/simulator/reset', '');
    expect([status, text]).toEqual([204, '']);
    expect((await wechat.token()).json.expires_in).toBe(7200);
    expect((await wechat.post('/simulator/clock', { advance_ms: 0 })).json.offset_ms).toBe(0);
    expect((await wechat.post('/simulator/codes', { appid: APPID, user: 'band' })).json).toEqual({
      message: 'user: no such user band',
    });
  });

  describe('lists calls', () => {
    it('with what was asked and answered, oldest first', async () => {
      simulator.wechat.addUser({ id: 'band' });
      const jsCode = simulator.wechat.login(APPID, 'band');
      await wechat.code2Session(jsCode);
      await wechat.code2Session(jsCode);
      const token = await wechat.accessToken();
      await wechat.phoneNumber(token, 'unknown');
      simulator.wechat.fault({ path: '/cgi-bin/token', kind: 'raw', status: 502 });
      await wechat.token();
      const { status, json } = await wechat.get('/simulator/calls');
      const query = { appid: APPID, secret: SECRET };
      const exchange = {
        time: NOW,
        method: 'GET',
        path: '/sns/jscode2session',
        appid: APPID,
        query: { ...query, js_code: jsCode, grant_type: 'authorization_code' },
        body: null,
        status: 200,
        errcode: 0,
        fault: null,
      };
      expect(status).toBe(200);
      expect(json).toEqual([
        exchange,
        { ...exchange, errcode: 40163 },
        {
          ...exchange,
          method: 'POST',
          path: '/cgi-bin/stable_token',
          query: {},
          body: { grant_type: 'client_credential', ...query },
        },
        {
          ...exchange,
          method: 'POST',
          path: '/wxa/business/getuserphonenumber',
          query: { access_token: token },
          body: { code: 'unknown' },
          errcode: 40029,
        },
        {
          ...exchange,
          path: '/cgi-bin/token',
          query: { grant_type: 'client_credential', ...query },
          status: 502,
          errcode: null,
          fault: 'raw',
        },
      ]);
    });

    it('of one path, of one app, and none once they are cleared', async () => {
      await wechat.token();
      await wechat.stableToken({ appid: 'wx00000000000000ff' });
      const paths = async (query: Record<string, string>) =>
        ((await wechat.get('/simulator/calls', query)).json as { path: string }[]).map(({ path }) => path);
      expect(await paths({ path: '/cgi-bin/token' })).toEqual(['/cgi-bin/token']);
      expect(await paths({ appid: 'wx00000000000000ff' })).toEqual(['/cgi-bin/stable_token']);
      expect((await wechat.delete('/simulator/calls')).status).toBe(204);
      expect(await paths({})).toEqual([]);
    });

    it('but the last 10 000 only', () => {
      const call = { method: 'GET', query: new URLSearchParams(), body: undefined, address: '127.0.0.1' };
      for (let count = 0; count <= 10_000; count++) {
        simulator.wechat.callLog.begin({ ...call, path: `/${count}` }, NOW, undefined);
      }
      expect(simulator.wechat.calls()).toHaveLength(10_000);
      expect(simulator.wechat.calls()[0]?.path).toBe('/1');
    });
  });

  it.each([
    [
      'apps',
      { colour: 'red', appid: 'wx1' },
      'appid: must be wx and 16 hexadecimal digits; colour: unknown field',
    ],
    ['apps', { ip_whitelist: ['1.2.3.4:80'] }, 'ip_whitelist.0: must be 1.2.3.4, 1.2.3.* or 1.2.3.0/24'],
    [
      'apps',
      { account: 'fine' },
      'account: Invalid option: expected one of "normal"|"limited"|"punished"|"frozen"',
    ],
    ['apps', '[]', 'body: Invalid input: expected object, received array'],
    ['apps', '{"appid":', 'body: is not JSON'],
    ['users', { profile: { nickname: 'x' } }, 'profile.nickname: unknown field'],
    [
      'users',
      { openids: { [APPID]: 'a b' } },
      `openids.${APPID}: must be 1 to 128 printable ASCII characters`,
    ],
    ['users', { openids: { [APPID]: 'oTaken' } }, `openids.${APPID}: oTaken belongs to user taken`],
    ['users', { unionids: { default: 'uTaken' } }, 'unionids.default: uTaken belongs to user taken'],
    ['codes', {}, 'appid: Invalid input: expected string, received undefined'],
    ['codes', { appid: 'wx00000000000000ff' }, 'appid: no such app wx00000000000000ff'],
    ['codes', { appid: APPID, user: 'nobody' }, 'user: no such user nobody'],
    ['phone-codes', { appid: APPID, user: 'nobody' }, 'user: no such user nobody'],
    ['encrypted-data', { appid: APPID, user: 'taken' }, `user: taken has not logged in to ${APPID}`],
    [
      'faults',
      { path: '/sns/jscode2session', kind: 'hang', times: 'twice' },
      'times: must be a whole number from 1 or "always"',
    ],
    [
      'faults',
      { path: '/sns/jscode2session', kind: 'errcode' },
      'errcode: Invalid input: expected number, received undefined',
    ],
    [
      'faults',
      { path: '/sns/jscode2session', kind: 'delay' },
      'delay_ms: Invalid input: expected number, received undefined',
    ],
    ['faults', { path: '/sns/jscode2session', kind: 'hang', errcode: 1 }, 'errcode: unknown field'],
    ['clock', {}, 'body: must have either advance_ms or offset_ms'],
    ['clock', { now: 1 }, 'now: unknown field; body: must have either advance_ms or offset_ms'],
  ])('refuses a wrong POST to /simulator/%s: %j', async (path, body, message) => {
    simulator.wechat.addUser({
      id: 'taken',
      openids: { [APPID]: 'oTaken' },
      unionids: { default: 'uTaken' },
    });
    const answer = await wechat.post(`/simulator/${path}`, body);
    expect([answer.status, answer.json]).toEqual([400, { message }]);
  });

  it('refuses unknown kinds and paths of faults, naming the field', async () => {
    const unknownKind = await wechat.post('/simulator/faults', {
      path: '/sns/jscode2session',
      kind: 'magic',
    });
    expect([unknownKind.status, unknownKind.json.message]).toEqual([400, expect.stringMatching(/^kind: /)]);
    const unknownPath = await wechat.post('/simulator/faults', { path: '/sns/other', kind: 'hang' });
    expect([unknownPath.status, unknownPath.json.message]).toEqual([400, expect.stringMatching(/^path: /)]);
  });

  it('refuses unknown filters of calls', async () => {
    const { status, json } = await wechat.get('/simulator/calls', { since: '1' });
    expect([status, json]).toEqual([400, { message: 'since: unknown field' }]);
  });

  it("leaves the process's logger as it was", async () => {
    const lines: unknown[] = [];
    const line = (message: unknown) => lines.push(message);
    Logger.overrideLogger({ log: line, warn: line, error: line });
    const others = await Promise.all([startSimulator(), startSimulator()]);
    Logger.log('still here');
    for (const other of others) await other.close();
    expect(lines).toEqual(['still here']);
  });
});
