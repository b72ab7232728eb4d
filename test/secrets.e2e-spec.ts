import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import {
  APP_ID,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  CODE_GRANT,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { ServiceProcess } from './support/service-process.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

/** A value that nothing else contains. */
const marked = (name: string) => `MARKED${name}${randomBytes(8).toString('hex')}`;

const APP_SECRET = marked('appsecret');
const WEBSITE_APP_ID = 'wx0000000000000002';
const CLIENT_SECRET = marked('clientsecret');
const NICKNAME = marked('nickname');
const PHONE_NUMBER = '13912345678';
/** What an operator writes onto the user. */
const WRITTEN_NICKNAME = marked('written');
const WRITTEN_PHONE_NUMBER = '13987654321';
const PROFILE = [NICKNAME, PHONE_NUMBER, WRITTEN_NICKNAME, WRITTEN_PHONE_NUMBER];
const ENCRYPTION_KEY = randomBytes(32).toString('base64');
const ADMIN_TOKEN = marked('admintoken').padEnd(40, 'x');

describe('secrets, at LOG_LEVEL=trace', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let service: ServiceProcess;
  let url: URL;
  /** What must be nowhere, by what it is. */
  const secrets = new Map<string, string>([
    ['app secret', APP_SECRET],
    ['client secret', CLIENT_SECRET],
    ['nickname', NICKNAME],
    ['phone number', PHONE_NUMBER],
    ['written nickname', WRITTEN_NICKNAME],
    ['written phone number', WRITTEN_PHONE_NUMBER],
    ['encryption key', ENCRYPTION_KEY],
    ['admin token', ADMIN_TOKEN],
  ]);
  /** Every answer that was an error, with its headers. */
  let errors = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    simulator = await startSimulator({
      apps: [
        { appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 },
        { appid: WEBSITE_APP_ID, secret: APP_SECRET },
      ],
    });
    simulator.wechat.addUser({
      id: 'band',
      profile: { nickName: NICKNAME },
      phone: { countryCode: '86', purePhoneNumber: PHONE_NUMBER },
    });
    const provisioned = {
      applications: [
        anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 }),
        anApplication({
          client_id: 'web',
          type: 'web',
          client_secret: CLIENT_SECRET,
          grant_types: ['client_credentials', CODE_GRANT],
          scopes: ['reports', 'openid'],
        }),
      ],
      auth_sources: [
        anAuthSource({
          app_secret: APP_SECRET,
          attribute_mapping: [
            { from: 'nickName', to: 'nickname' },
            { from: 'phoneNumber', to: 'phone_number' },
          ],
        }),
        anAuthSource({
          id: 'website',
          type: 'wechat_website',
          app_id: WEBSITE_APP_ID,
          app_secret: APP_SECRET,
          applications: ['web'],
          attribute_mapping: [{ from: 'nickName', to: 'nickname' }],
        }),
      ],
    };
    await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
    service = new ServiceProcess(folder, {
      PORT: '0',
      ISSUER: 'https://sample.portal.example.com',
      DATABASE_URL: database.url,
      ENCRYPTION_KEY,
      ADMIN_TOKEN,
      PROVISION_FILE: 'provision.yaml',
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_TIMEOUT_MS: '2000',
      LOG_LEVEL: 'trace',
    });
    url = await service.url();
  });

  afterAll(async () => {
    service.signal('SIGTERM');
    await service.end;
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function post(body: Record<string, unknown>, headers: Record<string, string> = {}) {
    for (const name of ['js_code', 'code', 'phone_code', 'encryptedData', 'refresh_token', 'client_secret']) {
      if (typeof body[name] === 'string' && body[name].length > 8)
        secrets.set(`${name} ${secrets.size}`, body[name]);
    }
    const response = await fetch(new URL('/oauth2/token', url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) errors += JSON.stringify([...response.headers]) + text;
    const answer = JSON.parse(text) as Record<string, string>;
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (answer[name]) secrets.set(`${name} ${secrets.size}`, answer[name]);
    }
    return { status: response.status, answer };
  }

  /** Sends a form; whoever asks userinfo is told the profile, every other answer holds no secret. */
  async function send(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(form);
    const response = await fetch(new URL(path, url), { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok || path !== '/userinfo') errors += JSON.stringify([...response.headers]) + text;
    return response.status;
  }

  /** Asks the admin API. What it answers is for the operator; an error holds no secret, though. */
  async function administrate(method: string, path: string, body?: object, token = ADMIN_TOKEN) {
    const response = await fetch(new URL(`/admin/v1/${path}`, url), {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) errors += JSON.stringify([...response.headers]) + text;
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (typeof answer.client_secret === 'string')
      secrets.set(`generated ${secrets.size}`, answer.client_secret);
    return { status: response.status, answer };
  }

  /** Everything that an operator can do with secrets and profiles, right and wrong. */
  async function administrateEverything(): Promise<void> {
    const secret = (name: string) => {
      secrets.set(`${name} ${secrets.size}`, marked(name));
      return [...secrets.values()].at(-1)!;
    };
    const users = await administrate('GET', `users?phone_number=%2B86${PHONE_NUMBER}`);
    const [user] = users.answer.items as [{ id: string }];
    const source = `auth-sources/${AUTH_SOURCE_ID}`;
    const web = { client_id: 'another', type: 'web' };
    const calls: [number, string, string, object?, string?][] = [
      [201, 'POST', 'applications', web],
      [201, 'POST', 'applications', { ...web, client_id: 'given', client_secret: secret('given') }],
      [409, 'POST', 'applications', { ...web, client_secret: secret('again') }],
      [400, 'POST', 'applications', { ...web, client_secret: `${secret('umlaut')}ä` }],
      [400, 'POST', 'applications', { ...web, password: secret('unknown') }],
      [200, 'POST', 'applications/another/rotate-secret'],
      [200, 'PATCH', 'applications/another', { client_secret: secret('changed'), enabled: false }],
      [204, 'DELETE', 'applications/another'],
      [200, 'PATCH', source, { app_secret: secret('changedapp') }],
      [400, 'PATCH', source, { app_secret: [secret('listed')] }],
      [200, 'PATCH', source, { app_secret: APP_SECRET }],
      [200, 'POST', `${source}/attribute-mapping/preview`, { profile: { nickName: secret('previewed') } }],
      [400, 'POST', `${source}/attribute-mapping/preview`, { profile: { nickname: secret('misspelt') } }],
      [
        200,
        'PATCH',
        `users/${user.id}`,
        { nickname: WRITTEN_NICKNAME, phone_number: `+86${WRITTEN_PHONE_NUMBER}` },
      ],
      [400, 'PATCH', `users/${user.id}`, { phone_number: secret('phone') }],
      [400, 'GET', `users?phone_number=${WRITTEN_PHONE_NUMBER}`],
      [200, 'GET', `users?phone_number=%2B86${WRITTEN_PHONE_NUMBER}&openid=${secret('openid')}`],
      [401, 'GET', 'users', undefined, secret('token')],
    ];
    for (const [status, method, path, body, token] of calls) {
      expect({ path, status: (await administrate(method, path, body, token)).status }).toEqual({
        path,
        status,
      });
    }
  }

  function aFullLogin(): Record<string, unknown> {
    const { wechat } = simulator;
    const login = loginRequest(wechat.login(APP_ID, 'band'));
    secrets.set(`session_key ${secrets.size}`, wechat.sessionKey(APP_ID, 'band'));
    const encrypted = wechat.encryptedData(APP_ID, 'band');
    return {
      ...login,
      getUserInfo: true,
      ...encrypted,
      getPhoneNumber: true,
      phone_code: wechat.phoneCode(APP_ID, 'band'),
    };
  }

  /** A login with the code of a website, whose user's tokens at WeChat are known. */
  function aCodeLogin(extra: object = {}): Record<string, unknown> {
    const { wechat } = simulator;
    const given = { access_token: marked('useraccess'), refresh_token: marked('userrefresh') };
    for (const [name, token] of Object.entries(given)) secrets.set(`user ${name} ${secrets.size}`, token);
    wechat.fault({ path: '/sns/oauth2/access_token', kind: 'merge', patch: given });
    return {
      grant_type: CODE_GRANT,
      client_id: 'web',
      client_secret: CLIENT_SECRET,
      auth_source_id: 'website',
      code: wechat.authorize(WEBSITE_APP_ID, 'band', { scope: 'snsapi_login' }),
      getUserInfo: true,
      ...extra,
    };
  }

  it('are in no log line, no metric, no error and no table, whatever goes right or wrong', async () => {
    const { wechat } = simulator;
    wechat.addApp({ appid: APP_ID, session_key_rotation: 'always' });
    // What works.
    const { status, answer } = await post(aFullLogin());
    expect(status).toBe(200);
    const refresh = {
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: answer.refresh_token,
    };
    expect((await post(refresh)).status).toBe(200);
    const shown = {
      openid: wechat.openid(WEBSITE_APP_ID, 'band'),
      nickname: NICKNAME,
      headimgurl: marked('headimgurl'),
    };
    secrets.set('headimgurl', shown.headimgurl);
    wechat.fault({ path: '/sns/userinfo', kind: 'raw', body: JSON.stringify(shown) });
    expect((await post(aCodeLogin())).status).toBe(200);
    const client = { grant_type: 'client_credentials', client_id: 'web', client_secret: CLIENT_SECRET };
    expect((await post(client)).status).toBe(200);
    const web = { client_id: 'web', client_secret: CLIENT_SECRET };
    const presented = [
      { token: answer.access_token!, opens: 200, isAnothers: 401 },
      { token: answer.refresh_token!, opens: 401, isAnothers: 401 },
      { token: answer.id_token!, opens: 401, isAnothers: 200 },
      { token: marked('token'), opens: 401, isAnothers: 200 },
    ];
    for (const { token, opens, isAnothers } of presented) {
      secrets.set(`token ${secrets.size}`, token);
      expect(await send('/userinfo', {}, { Authorization: `Bearer ${token}` })).toBe(opens);
      expect(await send('/userinfo', { access_token: token })).toBe(opens);
      expect(await send(`/userinfo?access_token=${token}`, {})).toBe(400);
      expect(await send('/oauth2/introspect', { ...web, token })).toBe(200);
      expect(await send('/oauth2/introspect', { token, client_id: CLIENT_ID })).toBe(401);
      expect(await send('/oauth2/revoke', { ...web, token })).toBe(isAnothers);
      expect(await send('/oauth2/revoke', { client_id: CLIENT_ID, token })).toBe(200);
    }
    // What does not.
    const exchange = '/sns/oauth2/access_token';
    const userInfo = '/sns/userinfo';
    const session = '/sns/jscode2session';
    const phone = '/wxa/business/getuserphonenumber';
    const failing: (() => Record<string, unknown>)[] = [
      () => ({ ...aFullLogin(), js_code: marked('jscode') }),
      () => ({ ...aFullLogin(), phone_code: marked('phonecode') }),
      () => ({ ...aFullLogin(), encryptedData: randomBytes(64).toString('base64') }),
      () => ({ ...aFullLogin(), client_secret: marked('wrongsecret') }),
      () => ({ ...aFullLogin(), scope: marked('scope') }),
      () => ({ ...client, client_secret: marked('wrongsecret') }),
      () => ({ ...refresh, refresh_token: marked('refreshtoken') }),
      ...(['errcode', 'reset', 'hang', 'html_body'] as const).flatMap((kind) =>
        ([session, phone] as const).map((path) => () => {
          const login = aFullLogin();
          wechat.fault(
            kind === 'errcode'
              ? { path, kind, errcode: 40125, errmsg: `${APP_SECRET} ${NICKNAME}` }
              : { path, kind },
          );
          return login;
        }),
      ),
      // WeChat does not know the token.
      () => aCodeLogin(),
      () => aCodeLogin({ code: marked('code') }),
      () => aCodeLogin({ client_secret: marked('wrongsecret') }),
      ...(['reset', 'hang', 'html_body'] as const).map((kind) => () => {
        wechat.fault({ path: userInfo, kind });
        return aCodeLogin();
      }),
      () => {
        wechat.fault({
          path: userInfo,
          kind: 'raw',
          body: JSON.stringify({ ...shown, openid: marked('openid') }),
        });
        return aCodeLogin();
      },
      () => {
        wechat.fault({ path: userInfo, kind: 'raw', body: `{"nickname":"${NICKNAME}"` });
        return aCodeLogin();
      },
      ...(['errcode', 'hang', 'raw'] as const).map((kind) => () => {
        const login = aCodeLogin();
        wechat.clearFaults();
        const body = `{"access_token":"${APP_SECRET}","openid":`;
        wechat.fault(
          kind === 'errcode'
            ? { path: exchange, kind, errcode: 40125, errmsg: `${APP_SECRET} ${NICKNAME}` }
            : kind === 'raw'
              ? { path: exchange, kind, body }
              : { path: exchange, kind },
        );
        return login;
      }),
      () => {
        const login = aFullLogin();
        wechat.fault({
          path: session,
          kind: 'raw',
          body: `{"session_key":"${wechat.sessionKey(APP_ID, 'band')}"`,
        });
        return login;
      },
      () => {
        const login = aFullLogin();
        wechat.fault({
          path: phone,
          kind: 'merge',
          patch: { phone_info: { purePhoneNumber: { number: PHONE_NUMBER } } },
        });
        return login;
      },
    ];
    for (const body of failing) expect((await post(body())).status).not.toBe(200);
    const basic = Buffer.from(`web:${marked('basic')}`).toString('base64');
    secrets.set('Basic header', basic);
    await post({ grant_type: 'client_credentials' }, { Authorization: `Basic ${basic}` });
    const inQuery = marked('query');
    secrets.set('query', inQuery);
    errors += await (
      await fetch(new URL(`/oauth2/token?js_code=${inQuery}&client_secret=${inQuery}`, url))
    ).text();

    await administrateEverything();

    const tables = await dump();
    const metrics = await (await fetch(new URL('/metrics', url))).text();
    const printed = JSON.stringify(service.lines) + service.stderr;
    expect(service.lines.length).toBeGreaterThan(failing.length);
    for (const [name, secret] of secrets) {
      const found = {
        name,
        inLog: printed.includes(secret),
        inMetrics: metrics.includes(secret),
        inErrors: errors.includes(secret),
        inTables: [] as string[],
      };
      for (const [table, rows] of tables) {
        // The profile is what the users table is for.
        const isProfile = table === 'users' && PROFILE.includes(secret);
        if (rows.includes(secret) && !isProfile) found.inTables.push(table);
      }
      expect(found).toEqual({ name, inLog: false, inMetrics: false, inErrors: false, inTables: [] });
    }
    expect(metrics).toContain(`auth_source_id="${AUTH_SOURCE_ID}"`);
    // The search would find them: the profile is where it belongs.
    expect(tables.get('users')).toContain(WRITTEN_NICKNAME);
    expect(tables.get('users')).toContain(WRITTEN_PHONE_NUMBER);
  });

  /** Every table as text. */
  async function dump(): Promise<Map<string, string>> {
    const { default: libsql } = (await import('libsql')) as { default: unknown };
    const file = database.url.slice('sqlite:'.length);
    const dataSource = await new DataSource(
      isMysql
        ? { type: 'mysql', url: database.url }
        : { type: 'better-sqlite3', driver: libsql, database: file },
    ).initialize();
    const names = await dataSource.query<Record<string, string>[]>(
      isMysql ? 'SHOW TABLES' : "SELECT name FROM sqlite_master WHERE type = 'table'",
    );
    const tables = new Map<string, string>();
    for (const name of names.map((row) => Object.values(row)[0]!)) {
      tables.set(name, JSON.stringify(await dataSource.query(`SELECT * FROM ${name}`)));
    }
    await dataSource.destroy();
    const filled = [...tables].filter(([, rows]) => rows !== '[]').map(([name]) => name);
    expect(filled).toEqual(
      expect.arrayContaining([
        'users',
        'audit_events',
        'sessions',
        'access_tokens',
        'refresh_tokens',
        'signing_keys',
        'applications',
        'auth_sources',
      ]),
    );
    return tables;
  }

  it('a private key is only there encrypted', async () => {
    const text = (await dump()).get('signing_keys')!;
    expect(text).not.toMatch(/PRIVATE KEY|"d\\?":/);
  });
});
