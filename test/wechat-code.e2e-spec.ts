import { randomBytes } from 'node:crypto';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { ExternalIdentity } from '../src/users/external-identity.entity.js';
import { User } from '../src/users/user.entity.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  CODE_GRANT,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { forgetEverybody } from './support/forget-everybody.js';
import { verified } from './support/jwt.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { startService, type RunningService } from './support/service.js';
import { UNUSABLE_ANSWERS } from './support/unusable-answers.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EXCHANGE = '/sns/oauth2/access_token';
const USER_INFO = '/sns/userinfo';
const CLIENT_SECRET = 'secret-of-the-web-application';

/** Who signs in where: each kind of WeChat app with the kind of application that it is for. */
const KINDS = [
  { source: 'wechat_website', client: 'web', scope: 'snsapi_login', appid: 'wx00000000000000a1' },
  { source: 'wechat_official_account', client: 'spa', scope: 'snsapi_userinfo', appid: 'wx00000000000000a2' },
  { source: 'wechat_mobile_app', client: 'mobile', scope: 'snsapi_userinfo', appid: 'wx00000000000000a3' },
] as const;
const [WEBSITE, OFFICIAL, MOBILE] = KINDS;
type Kind = Pick<(typeof KINDS)[number], 'source' | 'client'> & {
  readonly scope: string;
  readonly appid: string;
};
type Consent = Parameters<RunningService['simulator']['wechat']['authorize']>[2];

const mapping = [
  { from: 'nickName', to: 'nickname' },
  { from: 'avatarUrl', to: 'picture' },
  { from: 'gender', to: 'gender' },
  { from: 'city', to: 'locality' },
  { from: 'province', to: 'region' },
  { from: 'country', to: 'country' },
  { from: 'language', to: 'locale' },
] as const;

let service: RunningService;

beforeAll(async () => {
  service = await startService({ WECHAT_TIMEOUT_MS: '5000' });
});

beforeEach(async () => {
  const { wechat } = service.simulator;
  wechat.reset();
  wechat.addApp({ appid: APP_ID, unionid: true });
  for (const { appid } of KINDS) wechat.addApp({ appid, secret: APP_SECRET });
  wechat.addUser({ id: 'band' });
  await forgetEverybody(service.dataSource.manager);
  await service.register({
    applications: [
      anApplication(),
      anApplication({
        client_id: 'web',
        type: 'web',
        client_secret: CLIENT_SECRET,
        grant_types: [CODE_GRANT],
      }),
      anApplication({ client_id: 'spa', type: 'spa', grant_types: [CODE_GRANT] }),
      anApplication({ client_id: 'mobile', type: 'mobile', grant_types: [CODE_GRANT] }),
    ],
    authSources: [anAuthSource(), ...KINDS.map((kind) => aSource(kind))],
  });
});

afterAll(() => service.close());

function aSource({ source, appid }: Kind, overrides: Parameters<typeof anAuthSource>[0] = {}) {
  return anAuthSource({
    id: source,
    type: source,
    app_id: appid,
    applications: [CLIENT_ID, 'web', 'spa', 'mobile'],
    attribute_mapping: [...mapping],
    ...overrides,
  });
}

function aCode({ appid, scope }: Kind, user = 'band', consent: Consent = {}): string {
  return service.simulator.wechat.authorize(appid, user, { scope, ...consent });
}

/** A login request with nothing optional in it. */
function bodyOf(kind: Kind, code: string): Record<string, unknown> {
  return {
    grant_type: CODE_GRANT,
    client_id: kind.client,
    ...(kind.client === 'web' ? { client_secret: CLIENT_SECRET } : {}),
    auth_source_id: kind.source,
    code,
  };
}

const aLogin = (extra: object = {}, kind: Kind = OFFICIAL, consent: Consent = {}) => ({
  ...bodyOf(kind, aCode(kind, 'band', consent)),
  ...extra,
});

async function answerTo(body: object, headers: Record<string, string> = {}) {
  const response = await service.token(body, headers);
  const { 'retry-after': retryAfter, 'content-type': contentType } = Object.fromEntries(response.headers);
  expect(contentType).toBe('application/json;charset=UTF-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  return {
    status: response.status,
    body: (await response.json()) as object,
    ...(retryAfter ? { retryAfter } : {}),
  };
}

function error(status: number, error: string, error_description: string) {
  return { status, body: { error, error_description } };
}

/** Signs in. @returns the user's id */
async function subjectOf(body: object): Promise<string> {
  const { status, body: answer } = await answerTo(body);
  expect([status, answer]).toEqual([200, expect.objectContaining({ scope: 'openid' })]);
  return String((await verified(service.url, (answer as { access_token: string }).access_token)).payload.sub);
}

async function identities(): Promise<string[]> {
  const rows = await service.dataSource.manager.find(ExternalIdentity);
  return rows.map(({ type, issuer, subject, userId }) => [type, issuer, subject, userId].join(' ')).sort();
}

/** What is stored of the only user. */
async function profile(): Promise<Record<string, unknown>> {
  const [user, ...others] = await service.dataSource.manager.find(User);
  expect(others).toEqual([]);
  const { nickname, picture, gender, locality, region, country, locale } = user!;
  return { nickname, picture, gender, locality, region, country, locale };
}

const paths = () => service.simulator.wechat.calls().map(({ path }) => path);
const users = () => service.dataSource.manager.count(User);

describe.each(KINDS)('a login with a code of a $source', (kind) => {
  it('is answered with the tokens of its user, who is known by unionid and openid', async () => {
    const { wechat } = service.simulator;
    const code = aCode(kind);
    const { status, body } = await answerTo(bodyOf(kind, code));
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        scope: 'openid',
        id_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
      },
    ]);
    const { access_token, id_token } = body as Record<string, string>;
    const { iat, sub: subject, ...claims } = (await verified(service.url, access_token!)).payload;
    const sub = String(subject);
    expect(sub).toMatch(UUID);
    expect(claims).toEqual({
      aud: kind.client,
      nbf: iat,
      scope: ['openid'],
      iss: ISSUER,
      exp: Number(iat) + 300,
      jti: expect.stringMatching(UUID),
    });
    expect((await verified(service.url, id_token!)).payload).toMatchObject({ sub, azp: kind.client });
    expect(await identities()).toEqual(
      [
        `wechat_openid ${kind.appid} ${wechat.openid(kind.appid, 'band')} ${sub}`,
        `wechat_unionid default ${wechat.unionid(kind.appid, 'band')} ${sub}`,
      ].sort(),
    );
    expect(wechat.calls().map(({ path, query }) => [path, query])).toEqual([
      [EXCHANGE, { appid: kind.appid, secret: APP_SECRET, code, grant_type: 'authorization_code' }],
    ]);
    expect(await subjectOf(aLogin({}, kind))).toBe(sub);
  });

  it('maps what the user shows, when it is asked for', async () => {
    const { wechat } = service.simulator;
    await subjectOf(aLogin({}, kind));
    expect(Object.values(await profile())).toEqual(Array(7).fill(null));
    wechat.clearCalls();
    await subjectOf(aLogin({ getUserInfo: true }, kind));
    expect(await profile()).toEqual({
      nickname: 'Band',
      picture: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
      ...{ gender: null, locality: null, region: null, country: null, locale: null },
    });
    const [exchange, userInfo, ...others] = wechat.calls();
    expect([exchange!.path, others]).toEqual([EXCHANGE, []]);
    expect(userInfo).toMatchObject({ method: 'GET', path: USER_INFO, appid: kind.appid, errcode: 0 });
    expect(userInfo!.query).toEqual({
      access_token: expect.stringMatching(/^95_/),
      openid: wechat.openid(kind.appid, 'band'),
      lang: 'zh_CN',
    });
  });
});

describe('a request', () => {
  it('may be a form, and may name the client by HTTP Basic', async () => {
    const { grant_type, auth_source_id, code } = bodyOf(WEBSITE, aCode(WEBSITE)) as Record<string, string>;
    const body = { grant_type, auth_source_id, code, getUserInfo: 'true' } as Record<string, string>;
    const Authorization = `Basic ${Buffer.from(`web:${CLIENT_SECRET}`).toString('base64')}`;
    const response = await service.post('/oauth2/token', body, { Authorization });
    expect(response.status).toBe(200);
    expect((await profile()).nickname).toBe('Band');
  });

  it('may narrow the scope, and have optional parameters that are null or empty', async () => {
    await service.register({
      applications: [
        anApplication({
          client_id: 'spa',
          type: 'spa',
          grant_types: [CODE_GRANT],
          scopes: ['openid', 'profile'],
        }),
      ],
    });
    const { body } = await answerTo(aLogin({ scope: 'profile' }));
    expect(body).toEqual({
      access_token: expect.any(String),
      scope: 'profile',
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    });
    expect(await answerTo(aLogin({ scope: '', getUserInfo: null }))).toMatchObject({
      status: 200,
      body: { scope: 'openid profile' },
    });
  });

  it('of an application with sessions brings a refresh token that works', async () => {
    const settings = { grant_types: [CODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 };
    await service.register({ applications: [anApplication({ client_id: 'spa', type: 'spa', ...settings })] });
    const { refresh_token } = (await answerTo(aLogin())).body as { refresh_token: string };
    expect(refresh_token).toMatch(/^[\w-]{128}$/);
    const refresh = { grant_type: 'refresh_token', client_id: 'spa', refresh_token };
    expect((await answerTo(refresh)).status).toBe(200);
  });

  it('with an Idempotency-Key may be sent again', async () => {
    const body = aLogin({ getUserInfo: true });
    const headers = { 'Idempotency-Key': randomBytes(16).toString('hex') };
    const [first, second] = [await answerTo(body, headers), await answerTo(body, headers)];
    expect(first.status).toBe(200);
    expect(second).toEqual(first);
    expect(paths()).toEqual([EXCHANGE, USER_INFO]);
  });
});

describe('the application', () => {
  const refused = error(401, 'invalid_client', 'Client authentication failed');

  it('of type web has to authenticate', async () => {
    expect(await answerTo(aLogin({ client_secret: undefined }, WEBSITE))).toEqual(refused);
    expect(await answerTo(aLogin({ client_secret: 'wrong' }, WEBSITE))).toEqual(refused);
  });

  it.each([OFFICIAL, MOBILE])('of type $client must not', async (kind) => {
    expect(await answerTo(aLogin({ client_secret: CLIENT_SECRET }, kind))).toEqual(refused);
  });

  it('of another type may not use the grant, even if it lists it', async () => {
    const expected = error(400, 'unauthorized_client', 'Grant type not allowed for this application');
    expect(await answerTo(aLogin({ client_id: CLIENT_ID }))).toEqual(expected);
    await service.dataSource.query(
      `UPDATE applications SET grant_types = '${JSON.stringify([CODE_GRANT])}' WHERE client_id = '${CLIENT_ID}'`,
    );
    await service.register({ applications: [anApplication({ client_id: 'other' })] });
    expect(await answerTo(aLogin({ client_id: CLIENT_ID }))).toEqual(expected);
  });

  it('of type web, spa or mobile may not use the grant of mini programs', async () => {
    const { wechat } = service.simulator;
    expect(await answerTo({ ...loginRequest(wechat.login(APP_ID, 'band')), client_id: 'spa' })).toEqual(
      error(400, 'unauthorized_client', 'Grant type not allowed for this application'),
    );
  });
});

interface Fault {
  readonly name: string;
  readonly change: Record<string, unknown>;
  readonly error: string;
  readonly description: string;
}

const wrong = (name: string, change: Record<string, unknown>, error: string, description: string): Fault => ({
  name,
  change,
  error,
  description,
});
const parameter = (name: string, value: unknown) =>
  wrong(
    `${name} ${JSON.stringify(value)}`.slice(0, 40),
    { [name]: value },
    'invalid_request',
    `Invalid parameter: ${name}`,
  );
const missing = (name: string) =>
  wrong(`no ${name}`, { [name]: '' }, 'invalid_request', `Missing required parameter: ${name}`);

/** Every fault that can be found before WeChat is asked, in the order in which faults are reported. */
const local: Fault[] = [
  missing('grant_type'),
  missing('client_id'),
  wrong('unknown application', { client_id: 'unknown' }, 'invalid_client', 'Client authentication failed'),
  wrong(
    'unknown grant',
    { grant_type: `${CODE_GRANT}/` },
    'unsupported_grant_type',
    'OAuth 2.0 Parameter: grant_type',
  ),
  wrong(
    'an application without the grant',
    { client_id: CLIENT_ID },
    'unauthorized_client',
    'Grant type not allowed for this application',
  ),
  missing('auth_source_id'),
  parameter('auth_source_id', 'A'.repeat(129)),
  missing('code'),
  parameter('code', 7),
  parameter('code', 'A'.repeat(513)),
  wrong('two codes', { code: ['a', 'b'] }, 'invalid_request', 'Repeated parameter: code'),
  parameter('getUserInfo', 'true'),
  parameter('getUserInfo', 1),
  parameter('scope', {}),
  parameter('scope', 'A'.repeat(1025)),
  wrong(
    'a scope too many',
    { scope: 'openid admin' },
    'invalid_scope',
    'Scope not allowed for this application',
  ),
  wrong(
    'unknown auth source',
    { auth_source_id: 'unknown' },
    'invalid_auth_source',
    'Auth source not found or disabled',
  ),
  wrong(
    'disabled auth source',
    { auth_source_id: 'disabled' },
    'invalid_auth_source',
    'Auth source not found or disabled',
  ),
  wrong(
    'a mini program',
    { auth_source_id: AUTH_SOURCE_ID },
    'invalid_auth_source',
    'Wrong auth source type',
  ),
  wrong(
    'foreign auth source',
    { auth_source_id: 'foreign' },
    'invalid_auth_source',
    'Auth source and application not associated',
  ),
];

describe('what can be checked here', () => {
  beforeEach(() =>
    service.register({
      authSources: [
        // Each has the later faults as well.
        aSource(OFFICIAL, { id: 'disabled', enabled: false, type: 'wechat_mini_program', applications: [] }),
        anAuthSource({ applications: [] }),
        aSource(OFFICIAL, { id: 'foreign', applications: [] }),
      ],
    }),
  );

  it('is checked in the documented order', async () => {
    const pairs = local.flatMap((earlier, index) =>
      local
        .slice(index + 1)
        .filter((later) => !Object.keys(later.change).some((name) => name in earlier.change))
        .map((later) => [earlier, later] as const),
    );
    const code = aCode(OFFICIAL);
    for (const [earlier, later] of pairs) {
      const { body } = await answerTo({ ...bodyOf(OFFICIAL, code), ...later.change, ...earlier.change });
      const { error: name, error_description: description } = body as Record<string, string>;
      expect([earlier.name, later.name, name, description]).toEqual([
        earlier.name,
        later.name,
        earlier.error,
        earlier.description,
      ]);
    }
    expect(paths()).toEqual([]);
  });

  it.each(local)('is checked before the code is spent: $name', async ({ change, error, description }) => {
    const body = aLogin();
    expect((await answerTo({ ...body, ...change })).body).toMatchObject({
      error,
      error_description: description,
    });
    expect(paths()).toEqual([]);
    expect((await answerTo(body)).status).toBe(200);
  });
});

describe('a code', () => {
  it('works once, for five minutes, in its own app', async () => {
    const { wechat } = service.simulator;
    const [body, old] = [aLogin(), aLogin()];
    expect((await answerTo(body)).status).toBe(200);
    expect(await answerTo(body)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40163'));
    wechat.clock.advance(300_000);
    expect(await answerTo(old)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40029'));
    const foreign = bodyOf(OFFICIAL, aCode(MOBILE));
    expect(await answerTo(foreign)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40029'));
    expect(await answerTo(bodyOf(OFFICIAL, 'MOCK_CODE'))).toEqual(
      error(400, 'invalid_grant', 'WeChat error: 40029'),
    );
  });

  it('is no js_code, and a js_code is none', async () => {
    const { wechat } = service.simulator;
    const expected = error(400, 'invalid_grant', 'WeChat error: 40029');
    expect(await answerTo(bodyOf(OFFICIAL, wechat.login(APP_ID, 'band')))).toEqual(expected);
    expect(await answerTo(loginRequest(aCode(OFFICIAL)))).toEqual(expected);
  });

  it.each([40029, 40163, 40226, 42003])('that WeChat refuses with %d is refused', async (errcode) => {
    service.simulator.wechat.fault({ path: EXCHANGE, kind: 'errcode', errcode });
    expect(await answerTo(aLogin())).toEqual(error(400, 'invalid_grant', `WeChat error: ${errcode}`));
    expect(await users()).toBe(0);
  });

  it('of a blocked user is refused', async () => {
    service.simulator.wechat.addUser({ id: 'band', blocked: true });
    expect(await answerTo(aLogin())).toEqual(error(400, 'invalid_grant', 'WeChat error: 40226'));
  });

  it.each([true, false])('of a snapshot page makes no account (getUserInfo %s)', async (getUserInfo) => {
    const snapshot = error(400, 'invalid_grant', 'WeChat snapshot user');
    expect(await answerTo(aLogin({ getUserInfo }, OFFICIAL, { snapshot: true }))).toEqual(snapshot);
    expect(await identities()).toEqual([]);
    expect(await users()).toBe(0);
    expect(paths()).toEqual([EXCHANGE]);
    const [event] = await service.dataSource.manager.find(AuditEvent);
    expect(event).toMatchObject({
      type: 'login_failed',
      clientId: 'spa',
      authSourceId: OFFICIAL.source,
      userId: null,
      detail: {
        grant_type: CODE_GRANT,
        error: 'invalid_grant',
        error_description: 'WeChat snapshot user',
      },
    });
  });
});

describe('the profile', () => {
  const aFullLogin = (consent: Consent = {}) => aLogin({ getUserInfo: true }, OFFICIAL, consent);
  const shown = (patch: object) =>
    service.simulator.wechat.fault({ path: USER_INFO, kind: 'merge', patch: { ...patch } });

  it('is not asked for when the user has not agreed to show it', async () => {
    const expected = error(400, 'invalid_grant', 'WeChat scope does not allow getUserInfo');
    expect(await answerTo(aFullLogin({ scope: 'snsapi_base' }))).toEqual(expected);
    for (const scope of [null, '', 'snsapi_base,', 7]) {
      service.simulator.wechat.fault({ path: EXCHANGE, kind: 'merge', patch: { scope } });
      expect(await answerTo(aFullLogin())).toEqual(expected);
    }
    expect(new Set(paths())).toEqual(new Set([EXCHANGE]));
    expect(await users()).toBe(0);
    expect((await answerTo(aLogin({}, OFFICIAL, { scope: 'snsapi_base' }))).status).toBe(200);
    expect((await answerTo(aFullLogin({ scope: 'snsapi_base,snsapi_userinfo' }))).status).toBe(200);
  });

  it('is not asked for when the user is locked', async () => {
    const { wechat } = service.simulator;
    await subjectOf(aLogin());
    await service.dataSource.query(`UPDATE users SET status = 'LOCK'`);
    wechat.clearCalls();
    const expected = error(400, 'invalid_grant', 'Abnormal user status');
    expect(await answerTo(aFullLogin())).toEqual(expected);
    expect(await answerTo(aFullLogin({ scope: 'snsapi_base' }))).toEqual(expected);
    expect(paths()).toEqual([EXCHANGE, EXCHANGE]);
  });

  it.each([{ openid: 'oSomebodyElse' }, { unionid: 'oSomebodyElse' }])(
    'of somebody else (%j) is refused',
    async (patch) => {
      shown(patch);
      expect(await answerTo(aFullLogin())).toEqual(error(400, 'invalid_grant', 'Mismatched parameter: code'));
      expect(await users()).toBe(0);
    },
  );

  it('never says who the user is', async () => {
    const { wechat } = service.simulator;
    wechat.fault({ path: EXCHANGE, kind: 'merge', patch: { unionid: null } });
    const sub = await subjectOf(aFullLogin());
    expect(await identities()).toEqual([
      `wechat_openid ${OFFICIAL.appid} ${wechat.openid(OFFICIAL.appid, 'band')} ${sub}`,
    ]);
  });

  it('may still have sex and region, a control character, and text where a number should be', async () => {
    shown({ nickname: ' 小\u0007明 ', sex: '2', city: '广州', province: '广东', country: '中国' });
    await subjectOf(aFullLogin());
    expect(await profile()).toMatchObject({
      nickname: '小明',
      gender: 'female',
      locality: '广州',
      region: '广东',
      country: '中国',
      locale: null,
    });
  });

  it('overwrites nothing with what is empty, absent, a placeholder or of another type', async () => {
    shown({ sex: 1, city: 'Guangzhou' });
    await subjectOf(aFullLogin());
    const before = await profile();
    for (const patch of [
      { nickname: '', headimgurl: '', sex: 0 },
      { nickname: null, headimgurl: null, sex: null, city: null },
      { nickname: 1, headimgurl: {}, sex: 'x', city: [] },
      { nickname: '微信用户', headimgurl: 'https://thirdwx.qlogo.cn/grey', sex: 2, city: 'Elsewhere' },
    ]) {
      shown(patch);
      await subjectOf(aFullLogin());
      expect(await profile()).toEqual(before);
    }
  });
});

describe("WeChat's own trouble", () => {
  let kind: Kind;

  beforeEach(freshApp);

  // Each with an app of its own: after so many faults and used up quotas, no call of one would be sent.
  async function freshApp(): Promise<void> {
    kind = { ...OFFICIAL, appid: `wx${randomBytes(8).toString('hex')}` };
    service.simulator.wechat.addApp({ appid: kind.appid, secret: APP_SECRET });
    await service.register({ authSources: [aSource(kind)] });
  }

  const aFullLogin = () => aLogin({ getUserInfo: true }, kind);
  const unavailable = {
    ...error(503, 'temporarily_unavailable', 'WeChat unavailable'),
    retryAfter: expect.stringMatching(/^[1-5]$/),
  };

  it.each([
    [-1, '1'],
    [45011, '60'],
    [45009, '600'],
  ])('errcode %d: try again after %s s', async (errcode, retryAfter) => {
    for (const path of [EXCHANGE, USER_INFO] as const) {
      await freshApp();
      service.simulator.wechat.fault({ path, kind: 'errcode', errcode });
      const expected = { ...error(503, 'temporarily_unavailable', `WeChat error: ${errcode}`), retryAfter };
      expect(await answerTo(aFullLogin())).toEqual(expected);
    }
    expect(await users()).toBe(0);
  });

  it('leaves a code unspent while the quota of profiles is used up, if a profile is wanted', async () => {
    service.simulator.wechat.fault({ path: USER_INFO, kind: 'errcode', errcode: 45009 });
    await answerTo(aFullLogin());
    service.simulator.wechat.clearCalls();
    const body = aFullLogin();
    expect(await answerTo(body)).toMatchObject(error(503, 'temporarily_unavailable', 'WeChat error: 45009'));
    expect(paths()).toEqual([]);
    expect((await answerTo({ ...body, getUserInfo: false })).status).toBe(200);
  });

  it.each([40001, 40003, 40013, 40014, 40030, 40125, 41002, 41008, 41009, 42001, 42002, 48001, 12345])(
    'errcode %d: our configuration',
    async (errcode) => {
      for (const path of [EXCHANGE, USER_INFO] as const) {
        service.simulator.wechat.fault({ path, kind: 'errcode', errcode });
        expect(await answerTo(aFullLogin())).toEqual(error(500, 'server_error', `WeChat error: ${errcode}`));
      }
      // Nothing was sent a second time.
      expect(paths()).toEqual([EXCHANGE, EXCHANGE, USER_INFO]);
    },
  );

  it('a wrong app secret is our configuration, and leaves the code unspent', async () => {
    await service.register({ authSources: [aSource(kind, { app_secret: 'wrong' })] });
    const body = aLogin({}, kind);
    expect(await answerTo(body)).toEqual(error(500, 'server_error', 'WeChat error: 40125'));
    await service.register({ authSources: [aSource(kind)] });
    expect((await answerTo(body)).status).toBe(200);
  });

  it.each([
    ...UNUSABLE_ANSWERS,
    ['is reset after its code was spent', { kind: 'reset', spend: true }],
    ['is answered without openid', { kind: 'merge', patch: { openid: null } }],
    ['is never answered', { kind: 'hang' }],
  ] as const)('a call that %s', async (_, fault) => {
    for (const path of [EXCHANGE, USER_INFO] as const) {
      service.simulator.wechat.fault({ path, ...fault });
      expect(await answerTo(aFullLogin())).toEqual(unavailable);
    }
    expect(paths()).toEqual([EXCHANGE, EXCHANGE, USER_INFO]);
    expect(await users()).toBe(0);
  });

  it('an answer without access token', async () => {
    service.simulator.wechat.fault({ path: EXCHANGE, kind: 'merge', patch: { access_token: null } });
    expect(await answerTo(aLogin({}, kind))).toEqual(unavailable);
  });

  it('is counted by endpoint', async () => {
    service.simulator.wechat.fault({ path: EXCHANGE, kind: 'errcode', errcode: 42003 });
    await answerTo(aFullLogin());
    service.simulator.wechat.fault({ path: USER_INFO, kind: 'errcode', errcode: 48001 });
    await answerTo(aFullLogin());
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(
      /ciam_wechat_errcodes_total\{endpoint="\/sns\/oauth2\/access_token",errcode="42003"\} \d/,
    );
    expect(metrics).toMatch(/ciam_wechat_errcodes_total\{endpoint="\/sns\/userinfo",errcode="48001"\} \d/);
    expect(metrics).toMatch(/_count\{endpoint="\/sns\/oauth2\/access_token",outcome="code_rejected"\} \d/);
    expect(metrics).toMatch(new RegExp(`ciam_wechat_breaker_state\\{app_id="${kind.appid}"\\} 0`));
  });
});

describe('one person with a mini program and the web', () => {
  const inMiniProgram = () => loginRequest(service.simulator.wechat.login(APP_ID, 'band'));

  async function expectOneUser(sub: string): Promise<void> {
    const { wechat } = service.simulator;
    expect(await users()).toBe(1);
    expect(await identities()).toEqual(
      [
        `wechat_openid ${APP_ID} ${wechat.openid(APP_ID, 'band')} ${sub}`,
        `wechat_openid ${WEBSITE.appid} ${wechat.openid(WEBSITE.appid, 'band')} ${sub}`,
        `wechat_unionid default ${wechat.unionid(APP_ID, 'band')} ${sub}`,
      ].sort(),
    );
  }

  it('is one user, the mini program first', async () => {
    const sub = await subjectOf(inMiniProgram());
    expect(await subjectOf(aLogin({}, WEBSITE))).toBe(sub);
    await expectOneUser(sub);
  });

  it('is one user, the web first', async () => {
    const sub = await subjectOf(aLogin({}, WEBSITE));
    expect(await subjectOf(inMiniProgram())).toBe(sub);
    await expectOneUser(sub);
  });

  it('is one user, all at once', async () => {
    const requests = Array.from({ length: 24 }, (_, index) =>
      index % 2 ? inMiniProgram() : aLogin({}, WEBSITE),
    );
    const subjects = new Set(await Promise.all(requests.map(subjectOf)));
    expect(subjects.size).toBe(1);
    await expectOneUser([...subjects][0]!);
    expect(await service.dataSource.manager.countBy(AuditEvent, { type: 'user_created' })).toBe(1);
    expect(await service.dataSource.manager.countBy(AuditEvent, { type: 'login_succeeded' })).toBe(24);
  });

  it('is two users under two open platform accounts', async () => {
    service.simulator.wechat.addApp({ appid: WEBSITE.appid, open_platform_account: 'other' });
    await service.register({ authSources: [aSource(WEBSITE, { open_platform_account: 'other' })] });
    const sub = await subjectOf(inMiniProgram());
    expect(await subjectOf(aLogin({}, WEBSITE))).not.toBe(sub);
  });

  it('is recorded with the grant of each login', async () => {
    await subjectOf(inMiniProgram());
    await subjectOf(aLogin({}, WEBSITE));
    const events = await service.dataSource.manager.find(AuditEvent, {
      where: { type: 'login_succeeded' },
      order: { id: 'ASC' },
    });
    expect(events.map(({ clientId, authSourceId, detail }) => [clientId, authSourceId, detail])).toEqual([
      [CLIENT_ID, AUTH_SOURCE_ID, { grant_type: JSCODE_GRANT, scope: 'openid' }],
      ['web', WEBSITE.source, { grant_type: CODE_GRANT, scope: 'openid' }],
    ]);
  });
});
