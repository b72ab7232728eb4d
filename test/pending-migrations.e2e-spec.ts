import { type AddressInfo } from 'node:net';
import { anApplication, anAuthSource } from './support/factories.js';
import { startService, type RunningService } from './support/service.js';

describe('a service with MIGRATIONS_RUN=false, started before its migrations', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ MIGRATIONS_RUN: 'false' });
  });

  afterAll(() => service.close());

  it('is live, not ready and says so, until they are applied', async () => {
    expect((service.app.getHttpServer().address() as AddressInfo).port).toBeGreaterThan(0);
    const get = (path: string) => fetch(service.url + path);
    expect((await get('/health/live')).status).toBe(200);
    const ready = await get('/health/ready');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'migrations' },
    ]);
    const jwks = await get('/oauth2/jwks');
    expect([jwks.status, jwks.headers.get('retry-after'), jwks.headers.get('cache-control')]).toEqual([
      503,
      '5',
      'no-store',
    ]);
    service.simulator.wechat.addUser({ id: 'band' });
    const login = await service.login('band');
    expect([login.status, await login.json()]).toEqual([
      503,
      { error: 'temporarily_unavailable', error_description: 'Service unavailable' },
    ]);

    await service.dataSource.runMigrations({ transaction: 'each' });
    while ((await get('/oauth2/jwks')).status !== 200) await new Promise(setImmediate);
    expect((await get('/health/ready')).status).toBe(200);
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    expect((await service.login('band')).status).toBe(200);
  });
});
