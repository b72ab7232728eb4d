import { CLIENT_ID } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { RESOURCE_SERVER, registerSessions } from './support/sessions.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

// An embedded database cannot be out of reach.
(isMysql ? describe : describe.skip)('a database that is out of reach', () => {
  let database: TestDatabase;
  let line: TcpProxy;
  let service: RunningService;

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = new URL(database.url);
    line = await startTcpProxy(url.hostname, Number(url.port || 3306));
    url.host = `127.0.0.1:${line.port}`;
    service = await startService({ DATABASE_URL: url.href, DATABASE_POOL_SIZE: '3' });
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
  });

  afterEach(async () => {
    line.restore();
    // It recovers by itself.
    for (let attempt = 0; attempt < 50 && (await service.login('band')).status !== 200; attempt++);
    expect((await service.login('band')).status).toBe(200);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  });

  afterAll(async () => {
    await service.close();
    await line.close();
    await database.drop();
  });

  it.each(['cut', 'block'] as const)(
    '%s: 503 in a bounded time, while what needs no database goes on',
    async (how) => {
      const login = await service.login('band');
      expect(login.status).toBe(200);
      const { access_token: token } = (await login.json()) as { access_token: string };
      line[how]();
      const answers = await Promise.all([
        ...[1, 2, 3].map(() => service.login('band')),
        service.post('/oauth2/revoke', { client_id: CLIENT_ID, token }),
        service.post('/oauth2/introspect', { ...RESOURCE_SERVER, token }),
        service.post('/userinfo', {}, { Authorization: `Bearer ${token}` }),
      ]);
      for (const response of answers) {
        expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
          503,
          '5',
          { error: 'temporarily_unavailable', error_description: 'Service unavailable' },
        ]);
      }
      const ready = await fetch(`${service.url}/health/ready`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: 'unavailable', reason: 'database' },
      ]);
      for (const path of ['/oauth2/jwks', '/.well-known/openid-configuration', '/health/live']) {
        expect((await fetch(service.url + path)).status).toBe(200);
      }
    },
  );

  it('waits for no answer to what makes a new connection ready either', async () => {
    line.cut();
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(503);
    line.restore();
    line.blockAt('innodb_lock_wait_timeout');
    expect((await service.login('band')).status).toBe(503);
  });
});
