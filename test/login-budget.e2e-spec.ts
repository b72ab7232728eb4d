import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureFloor } from '../bench/machine/floor.js';
import { cpuMs } from '../bench/machine/process-tree.js';
import { Snapshots } from '../src/database/snapshots.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APP_ID, APP_SECRET, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { postToken } from './support/service-cluster.js';
import { ServiceProcess } from './support/service-process.js';
import { startService, type RunningService } from './support/service.js';
import { registerSessions } from './support/sessions.js';
import { statementsOf } from './support/statements.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

// An embedded database is asked without a message.
(isMysql ? describe : describe.skip)(
  'the messages that a login of a known user sends to the database',
  () => {
    let database: TestDatabase;
    let service: RunningService;
    /** Of several logins the fewest: what is done by the clock comes in between now and then. */
    const messages = async () => {
      await service.app.get(Snapshots).look();
      const counts: number[] = [];
      for (let login = 0; login < 5; login++) {
        const sent = await statementsOf(service.dataSource, async () => void (await service.loginAs('band')));
        counts.push(sent.length);
      }
      return Math.min(...counts);
    };

    beforeAll(async () => {
      database = await createTestDatabase();
      service = await startService({ DATABASE_URL: database.url });
      await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
      await service.loginAs('band');
    });
    afterAll(async () => {
      await service.close();
      await database.drop();
    });

    it('are two without a refresh token: a look-up, and a commit', async () => {
      expect(await messages()).toBe(2);
    });

    it('are no more with a refresh token', async () => {
      await registerSessions(service);
      expect(await messages()).toBe(2);
    });
  },
);

const LOGINS = 256;
const ROUNDS = 5;
const CLIENTS = 16;

/**
 * What no login can do without is the two signatures; what it costs in all is some multiple of them, whatever machine it
 * runs on. A short run beside other tests is dearer than a long one alone, which the benchmark has: the code is not warm
 * yet, so the margin is wide.
 */
const MOST_SIGNATURES = 10;

(existsSync('/proc/self/stat') ? describe : describe.skip)('the CPU time of a login of a known user', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    simulator = await startSimulator({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
    });
    const provisioned = { applications: [anApplication()], auth_sources: [anAuthSource()] };
    await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
    service = new ServiceProcess(folder, {
      PORT: '0',
      ISSUER,
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      PROVISION_FILE: 'provision.yaml',
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_TIMEOUT_MS: '30000',
      RATE_LIMIT_PER_MINUTE: '0',
    });
    await service.url();
    for (let user = 0; user < LOGINS; user++) simulator.wechat.addUser({ id: `${user}` });
  });
  afterAll(async () => {
    service.signal('SIGKILL');
    await service.end;
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function loginEverybody(): Promise<void> {
    const url = await service.url();
    const codes = Array.from({ length: LOGINS }, (_, user) => simulator.wechat.login(APP_ID, `${user}`));
    const client = async () => {
      for (let code = codes.pop(); code !== undefined; code = codes.pop()) {
        const { status } = await postToken(url, loginRequest(code));
        if (status !== 200) throw new Error(`A login was answered ${status}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  it('is a small multiple of that of its two signatures', async () => {
    const { pid } = service.lines[0]!;
    for (let round = 0; round < ROUNDS; round++) await loginEverybody();
    const multiples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { rs256: signatures } = measureFloor();
      const before = cpuMs(pid);
      await loginEverybody();
      multiples.push((cpuMs(pid) - before) / LOGINS / signatures);
    }
    process.stderr.write(
      `A login costs ${multiples.map((each) => each.toFixed(1)).join(', ')} x its signatures\n`,
    );
    // What else the machine does makes a round dearer, never cheaper.
    expect(Math.min(...multiples)).toBeLessThan(MOST_SIGNATURES);
  });
});
