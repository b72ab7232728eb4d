import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationsService } from '../src/applications/applications.service.js';
import { AuthSourcesService } from '../src/auth-sources/auth-sources.service.js';
import { Snapshots } from '../src/database/snapshots.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { holdIntervals, letTimePass, resetClock } from '../src/testing/clock.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { ServiceProcess } from './support/service-process.js';
import { statementsOf } from './support/statements.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const ADMIN_TOKEN = 'the-admin-token-of-the-propagation-test';
const DISABLED = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'Client authentication failed' },
};
const UNKNOWN_SOURCE = {
  status: 400,
  body: { error: 'invalid_auth_source', error_description: 'Auth source not found or disabled' },
};
const SPENT = { status: 400, body: { error: 'invalid_grant', error_description: 'WeChat error: 40029' } };

describe('a change that one of two processes makes', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let processes: ServiceProcess[];
  let here: URL;
  let elsewhere: URL;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    simulator = await startSimulator({ apps: [{ appid: APP_ID, secret: APP_SECRET }] });
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ISSUER,
      PORT: '0',
      ADMIN_TOKEN,
      WECHAT_API_BASE_URL: simulator.url,
      RATE_LIMIT_PER_MINUTE: '0',
    };
    processes = [new ServiceProcess(folder, environment), new ServiceProcess(folder, environment)];
    [here, elsewhere] = (await Promise.all(processes.map((process) => process.url()))) as [URL, URL];
    await administrate('POST', 'applications', anApplication());
    await administrate('POST', 'auth-sources', anAuthSource());
    await inForceElsewhere(SPENT);
  });

  afterAll(async () => {
    for (const process of processes) process.signal('SIGTERM');
    await Promise.all(processes.map(({ end }) => end));
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function administrate(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(new URL(`/admin/v1/${path}`, here), {
      method,
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** A login with a code that WeChat never gave out: it gets as far as the settings allow. */
  async function attempt(at: URL) {
    const headers = { 'Content-Type': 'application/json', Connection: 'close' };
    const body = JSON.stringify(loginRequest('a code of nobody'));
    return seen(await fetch(new URL('/oauth2/token', at), { method: 'POST', headers, body }));
  }

  /** @returns milliseconds from now to the start of the last request that was answered otherwise */
  async function inForceElsewhere(answer: unknown): Promise<number> {
    const changedAt = performance.now();
    let lastOther = 0;
    for (;;) {
      const startedAt = performance.now();
      const got = await attempt(elsewhere);
      if (JSON.stringify(got) === JSON.stringify(answer)) return lastOther;
      lastOther = startedAt - changedAt;
    }
  }

  it.each([
    ['disables an application', 'PATCH', `applications/${CLIENT_ID}`, { enabled: false }, DISABLED],
    ['enables it again', 'PATCH', `applications/${CLIENT_ID}`, { enabled: true }, SPENT],
    [
      'disables an auth source',
      'PATCH',
      `auth-sources/${AUTH_SOURCE_ID}`,
      { enabled: false },
      UNKNOWN_SOURCE,
    ],
    ['deletes it', 'DELETE', `auth-sources/${AUTH_SOURCE_ID}`, undefined, UNKNOWN_SOURCE],
    ['creates it again', 'POST', 'auth-sources', anAuthSource(), SPENT],
  ])(
    'and that %s is in force there at once, and at the other within 5 s',
    async (_, method, path, body, answer) => {
      await administrate(method, path, body);
      expect(await attempt(here)).toEqual(answer);
      expect(await inForceElsewhere(answer)).toBeLessThan(5000);
      // And stays so.
      expect(await attempt(elsewhere)).toEqual(answer);
    },
  );
});

describe('settings in memory', () => {
  let database: TestDatabase;
  let service: RunningService;
  let other: RunningService;

  beforeAll(async () => {
    // Nobody looks by himself.
    holdIntervals();
    database = await createTestDatabase({ shared: true });
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    service = await startService(environment);
    other = await startService(environment);
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    service.simulator.wechat.addUser({ id: 'band' });
  });

  afterEach(() => {
    resetClock();
    holdIntervals();
  });

  afterAll(async () => {
    await service.close();
    await other.close();
    await database.drop();
    resetClock();
  });

  const nameAt = async (at: RunningService) => (await at.app.get(ApplicationsService).find(CLIENT_ID))?.name;

  it('are looked at again before they are used when they are 4.5 s old', async () => {
    await other.app.get(Snapshots).look();
    expect(await nameAt(other)).toBe('Sample mini program');
    await service.register({ applications: [anApplication({ name: 'Another' })] });
    expect([await nameAt(service), await nameAt(other)]).toEqual(['Another', 'Sample mini program']);
    letTimePass(4.5);
    expect(await nameAt(other)).toBe('Another');
  });

  it('are read again after a minute, whoever has changed them', async () => {
    await other.app.get(Snapshots).look();
    const sql = `UPDATE applications SET name = 'By SQL' WHERE client_id = '${CLIENT_ID}'`;
    await service.dataSource.query(sql);
    await other.app.get(Snapshots).look();
    expect(await nameAt(other)).toBe('Another');
    // What was read in the test before was read later than now.
    letTimePass(60 + 4.5);
    expect(await nameAt(other)).toBe('By SQL');
    await service.dataSource.query(sql.replace('By SQL', 'Another'));
  });

  it('are what is committed: what is rolled back never is in force', async () => {
    const applications = service.app.get(ApplicationsService);
    const refused = service.register({
      applications: [anApplication({ name: 'Rolled back' })],
      authSources: [{ id: 'incomplete' }],
    });
    await expect(refused).rejects.toThrow('type: is required');
    expect((await applications.find(CLIENT_ID))?.name).not.toBe('Rolled back');
  });

  it('need no statement of a login', async () => {
    await service.app.get(Snapshots).look();
    const statements = await statementsOf(service.dataSource, async () => {
      expect((await service.login('band')).status).toBe(200);
    });
    expect(statements).not.toEqual([]);
    expect(
      statements.filter(({ sql }) =>
        /\b(applications|auth_sources|auth_source_applications|revisions)\b/.test(sql),
      ),
    ).toEqual([]);
  });

  it('cannot be written into', async () => {
    const application = await service.app.get(ApplicationsService).find(CLIENT_ID);
    const source = await service.app.get(AuthSourcesService).find(AUTH_SOURCE_ID);
    expect(() => (application!.enabled = false)).toThrow(TypeError);
    expect(() => (source!.enabled = false)).toThrow(TypeError);
  });

  it('that are read while they are changed are read once more', async () => {
    const snapshots = other.app.get(Snapshots);
    await Promise.all(
      Array.from({ length: 20 }, async (_, turn) => {
        await other.register({ applications: [anApplication({ name: `Turn ${turn}` })] });
        await snapshots.look();
      }),
    );
    const [row] = await other.dataSource.query<[{ name: string }]>(
      `SELECT name FROM applications WHERE client_id = '${CLIENT_ID}'`,
    );
    expect(await nameAt(other)).toBe(row.name);
  });
});
