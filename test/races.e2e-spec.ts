import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { decode } from './support/jwt.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  JSCODE_GRANT,
  CLIENT_ID,
  anApplication,
  anAuthSource,
} from './support/factories.js';
import { loginBody } from './support/service.js';
import { ServiceProcess } from './support/service-process.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const SECOND_APP_ID = 'wx0000000000000002';
const SECOND_SOURCE_ID = 'second-mini-program';
const LOGINS = 200;

/** An embedded database is for one process. */
const PROCESSES = isMysql ? 3 : 1;

describe(`first logins at ${PROCESSES} processes at once`, () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let dataSource: DataSource;
  let processes: ServiceProcess[];
  let urls: URL[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    const app = { secret: APP_SECRET, minute_quota_per_user: 0, unionid: true };
    simulator = await startSimulator({
      apps: [
        { ...app, appid: APP_ID },
        { ...app, appid: SECOND_APP_ID },
      ],
    });
    // JSON is YAML.
    const provisioned = {
      applications: [
        anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 }),
      ],
      auth_sources: [anAuthSource(), anAuthSource({ id: SECOND_SOURCE_ID, app_id: SECOND_APP_ID })],
    };
    await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
    // All boot at once, on an empty database.
    processes = Array.from({ length: PROCESSES }, () => {
      return new ServiceProcess(folder, {
        PORT: '0',
        ISSUER: 'https://sample.portal.example.com',
        DATABASE_URL: database.url,
        ENCRYPTION_KEY: KEY,
        PROVISION_FILE: 'provision.yaml',
        WECHAT_API_BASE_URL: simulator.url,
        WECHAT_TIMEOUT_MS: '30000',
        RATE_LIMIT_PER_MINUTE: '0',
        LOG_LEVEL: 'info',
      });
    });
    urls = await Promise.all(processes.map((process) => process.url()));
    const location = isMysql
      ? ({ type: 'mysql', url: database.url } as const)
      : ({
          type: 'better-sqlite3',
          driver: await libsql(),
          database: database.url.slice('sqlite:'.length),
        } as const);
    dataSource = await new DataSource(location).initialize();
  });

  afterAll(async () => {
    for (const process of processes) process.signal('SIGTERM');
    await Promise.all(processes.map((process) => process.end));
    await dataSource.destroy();
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** Sends each request to the next process, all at once. @returns the users that were signed in */
  async function signInAll(requests: object[]): Promise<string[]> {
    const answers = await Promise.all(
      requests.map(async (request, index) => {
        const response = await fetch(new URL('/oauth2/token', urls[index % urls.length]), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(request),
        });
        return { status: response.status, body: (await response.json()) as { access_token: string } };
      }),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return answers.map(({ body }) => String(decode(body.access_token).payload.sub));
  }

  async function identities(user: string): Promise<string[]> {
    const rows = await dataSource.query<{ type: string; issuer: string }[]>(
      `SELECT type, issuer FROM external_identities WHERE user_id = '${user}' ORDER BY type, issuer`,
    );
    return rows.map(({ type, issuer }) => `${type} ${issuer}`);
  }

  async function count(table: string, condition = '1 = 1'): Promise<number> {
    const rows = await dataSource.query<{ rows: number }[]>(
      `SELECT COUNT(*) AS "rows" FROM ${table} WHERE ${condition}`,
    );
    return Number(rows[0]!.rows ?? Object.values(rows[0]!)[0]);
  }

  it('of one person make one user', async () => {
    simulator.wechat.addUser({ id: 'band' });
    const requests = Array.from({ length: LOGINS }, () => loginBody(simulator.wechat.login(APP_ID, 'band')));
    const users = await signInAll(requests);
    expect(new Set(users).size).toBe(1);
    expect(await count('users')).toBe(1);
    expect(await identities(users[0]!)).toEqual([`wechat_openid ${APP_ID}`, 'wechat_unionid default']);
    expect(await count('audit_events', "type = 'user_created'")).toBe(1);
    expect(await count('audit_events', "type = 'login_succeeded'")).toBe(LOGINS);
    expect(await count('sessions')).toBe(LOGINS);
  });

  it('of one person in two mini programs make one user', async () => {
    simulator.wechat.addUser({ id: 'both' });
    const requests = Array.from({ length: LOGINS }, (_, index) => {
      const [appid, auth_source_id] =
        index % 2 ? [APP_ID, AUTH_SOURCE_ID] : [SECOND_APP_ID, SECOND_SOURCE_ID];
      return { ...loginBody(simulator.wechat.login(appid, 'both')), auth_source_id };
    });
    const users = await signInAll(requests);
    expect(new Set(users).size).toBe(1);
    expect(await identities(users[0]!)).toEqual(
      [`wechat_openid ${APP_ID}`, `wechat_openid ${SECOND_APP_ID}`, 'wechat_unionid default'].sort(),
    );
    expect(await count('users')).toBe(2);
  });

  it('of many people make as many users', async () => {
    const people = Array.from({ length: 40 }, (_, index) => `person-${index}`);
    people.forEach((id) => simulator.wechat.addUser({ id }));
    const requests = Array.from({ length: LOGINS }, (_, index) =>
      loginBody(simulator.wechat.login(APP_ID, people[index % people.length]!)),
    );
    expect(new Set(await signInAll(requests)).size).toBe(people.length);
    expect(await count('users')).toBe(2 + people.length);
  });

  it('one refresh token at every process at once has one successor', async () => {
    const [request] = [loginBody(simulator.wechat.login(APP_ID, 'band'))];
    const post = async (url: URL, body: object) => {
      const response = await fetch(new URL('/oauth2/token', url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        token: ((await response.json()) as { refresh_token: string }).refresh_token,
      };
    };
    const { token } = await post(urls[0]!, request);
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: token };
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => post(urls[index % urls.length]!, refresh)),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map((answer) => answer.token)).size).toBe(1);
  });

  it('the processes created one active and one next key of each algorithm', async () => {
    const slots = await dataSource.query<{ slot: string }[]>('SELECT slot FROM signing_keys ORDER BY slot');
    expect(slots.map(({ slot }) => slot)).toEqual([
      'ES256 active',
      'ES256 next',
      'RS256 active',
      'RS256 next',
    ]);
  });
});

const KEY = randomBytes(32).toString('base64');

async function libsql(): Promise<unknown> {
  return ((await import('libsql')) as { default: unknown }).default;
}
