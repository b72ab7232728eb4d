import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APP_ID, APP_SECRET, anApplication, anAuthSource } from './support/factories.js';
import { ISSUER, loginBody } from './support/service.js';
import { RawConnection, ServiceProcess } from './support/service-process.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { until } from './support/until.js';

const PEOPLE = Array.from({ length: 20 }, (_, index) => `person-${index}`);

describe('X-Request-Id', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    simulator = await startSimulator({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: false }],
    });
    PEOPLE.forEach((id) => simulator.wechat.addUser({ id }));
    const provisioned = { applications: [anApplication()], auth_sources: [anAuthSource()] };
    await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
    service = new ServiceProcess(folder, {
      PORT: '0',
      ISSUER,
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      PROVISION_FILE: 'provision.yaml',
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_TIMEOUT_MS: '60000',
      RATE_LIMIT_PER_MINUTE: '0',
    });
    await service.url();
  });
  afterAll(async () => {
    service.signal('SIGTERM');
    await service.end;
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** What a line is about: an event of the audit, or what logged it. */
  const linesOf = (id: string) =>
    service.lines.filter((line) => line.request_id === id).map(({ type, context }) => type ?? context);

  it('is in every line of its request, however many are handled at once', async () => {
    const logins = PEOPLE.map(async (person) => {
      const response = await fetch(new URL('/oauth2/token', await service.url()), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Request-Id': person, Connection: 'close' },
        body: JSON.stringify(loginBody(simulator.wechat.login(APP_ID, person))),
      });
      await response.arrayBuffer();
      return [response.status, response.headers.get('x-request-id')];
    });
    expect(await Promise.all(logins)).toEqual(PEOPLE.map((person) => [200, person]));
    await until(() => Promise.resolve(PEOPLE.every((person) => linesOf(person).includes('Request'))));
    for (const person of PEOPLE) {
      const [user, ...others] = new Set(
        service.lines.flatMap(({ request_id, user_id }) =>
          request_id === person && user_id ? [user_id] : [],
        ),
      );
      expect([user, others]).toEqual([expect.any(String), []]);
      expect(linesOf(person)).toEqual(['user_created', 'login_succeeded', 'Request']);
    }
    const unnamed = service.lines.filter(({ request_id }) => request_id === undefined);
    // What the provisioning file has done is no request.
    const events = unnamed.filter(({ type }) => type !== 'admin_changed');
    expect(events.filter(({ context }) => context === 'Audit' || context === 'Request')).toEqual([]);
  });

  it('is in the line of a request that was given up', async () => {
    const connection = await RawConnection.to(await service.url());
    const head = [
      'POST /oauth2/token HTTP/1.1',
      'Host: id.test',
      'X-Request-Id: given-up',
      'Content-Length: 9',
    ];
    connection.send([...head, 'Content-Type: application/json', 'Expect: 100-continue', '', ''].join('\r\n'));
    await connection.until('100 Continue');
    connection.abandon();
    const own = () =>
      service.lines.filter((line) => line.request_id === 'given-up' && line.context === 'Request');
    await until(() => Promise.resolve(own().length > 0));
    expect(own()).toMatchObject([{ path: '/oauth2/token', aborted: true }]);
  });
});
