import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_TOKEN, AdminClient } from './support/admin.js';
import { ServiceProcess } from './support/service-process.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { until } from './support/until.js';

/** A value that nothing else contains. */
const marked = (name: string) => `MARKED${name}${randomBytes(8).toString('hex')}`;

const PHONE_NUMBER = '+8613912345678';

describe('the log, at LOG_LEVEL=trace', () => {
  let folder: string;
  let database: TestDatabase;
  let service: ServiceProcess;
  let admin: AdminClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    database = await createTestDatabase({ shared: true });
    service = new ServiceProcess(folder, {
      PORT: '0',
      ISSUER: 'https://sample.portal.example.com',
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ADMIN_TOKEN,
      LOG_LEVEL: 'trace',
    });
    admin = new AdminClient(await service.url());
  });

  afterAll(async () => {
    service.signal('SIGKILL');
    await service.end;
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('has no secret and no phone number of what operators do, and no query', async () => {
    const secrets = Object.fromEntries(
      ['client', 'other', 'app', 'name', 'malformed', 'unknown', 'openid', 'unionid', 'token'].map((name) => [
        name,
        marked(name),
      ]),
    );
    const created = await admin.done<{ client_secret: string }>('POST', '/applications', {
      client_id: 'generated',
      type: 'm2m',
    });
    const rotated = await admin.done<{ client_secret: string }>(
      'POST',
      '/applications/generated/rotate-secret',
    );
    await admin.done('POST', '/applications', {
      client_id: 'given',
      type: 'web',
      client_secret: secrets.client,
    });
    await admin.done('PATCH', '/applications/given', { client_secret: secrets.other });
    const source = { id: 'source', type: 'wechat_website', app_id: 'wx0', app_secret: secrets.app };
    await admin.done('POST', '/auth-sources', source);
    const requests: [string, string, unknown?][] = [
      ['GET', `/users?phone_number=${encodeURIComponent(PHONE_NUMBER)}`],
      ['GET', `/users?phone_number=${PHONE_NUMBER}&openid=${secrets.openid}&unionid=${secrets.unionid}`],
      ['GET', `/users?phone_number=${PHONE_NUMBER}${PHONE_NUMBER}`],
      ['GET', `/users?access_token=${secrets.token}`],
      ['PATCH', '/users/unknown', { phone_number: PHONE_NUMBER, nickname: secrets.name }],
      ['POST', '/auth-sources/source/attribute-mapping/preview', { profile: { phoneNumber: PHONE_NUMBER } }],
      ['POST', '/applications', `{"client_secret":"${secrets.malformed}"`],
      ['POST', '/applications', { client_id: 'new', type: 'spa', [secrets.unknown!]: secrets.unknown }],
    ];
    const answers = [];
    for (const [method, path, body] of requests) answers.push(await admin.call(method, path, body));
    answers.push(await new AdminClient(await service.url(), secrets.token).call('GET', '/users'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400, 404, 200, 400, 400, 401]);

    // Its line comes after all others.
    await admin.call('GET', '/users/the-end');
    await until(() => Promise.resolve(service.lines.some(({ path }) => path === '/admin/v1/users/the-end')));

    const log = JSON.stringify(service.lines) + service.stderr;
    const hidden = { ...secrets, created: created.body.client_secret, rotated: rotated.body.client_secret };
    const leaked = Object.entries({ ...hidden, ADMIN_TOKEN, PHONE_NUMBER: PHONE_NUMBER.slice(1) });
    expect(leaked.filter(([, secret]) => log.includes(secret))).toEqual([]);
    expect(log).not.toMatch(/phone_number=|\?/);
    expect(service.lines.filter(({ path }) => path === '/admin/v1/users')).toEqual(
      [200, 200, 400, 400, 401].map((status): unknown => expect.objectContaining({ method: 'GET', status })),
    );
  });

  it('has each event as a line with its own type', async () => {
    const { body } = await admin.done<{ items: { id: string }[] }>('GET', '/audit-events');
    expect(body.items.length).toBeGreaterThan(0);
    for (const event of body.items) {
      expect(service.lines.filter(({ id }) => id === event.id)).toEqual([
        {
          level: 'info',
          time: expect.any(String),
          pid: expect.any(Number),
          request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          context: 'Audit',
          ...event,
        },
      ]);
    }
    expect(service.lines.filter(({ context }) => context === 'Audit')).toHaveLength(body.items.length);
  });
});
