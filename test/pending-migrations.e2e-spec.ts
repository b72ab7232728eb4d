import { type AddressInfo } from 'node:net';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrations } from '../src/database/migrations/migrations.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';
import { RESOURCE_SERVER } from './support/sessions.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

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
    while ((await get('/health/ready')).status !== 200) await new Promise(setImmediate);
    expect((await get('/oauth2/jwks')).status).toBe(200);
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    expect((await service.login('band')).status).toBe(200);
  });
});

describe('a service with MIGRATIONS_RUN=false, started on the tables of an earlier release', () => {
  let database: TestDatabase;
  let service: RunningService;

  beforeAll(async () => {
    database = await createTestDatabase({ shared: true });
    const options = dataSourceOptions({ url: database.url, poolSize: 1 });
    const before = await connect({ ...options, migrations: migrations.slice(0, 2) });
    await before.runMigrations({ transaction: 'each' });
    await before.destroy();
    service = await startService({ DATABASE_URL: database.url, MIGRATIONS_RUN: 'false' });
  });

  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  it('says of no token that it is good, bad or revoked', async () => {
    const header = Buffer.from('{"alg":"RS256","typ":"JWT","kid":"of a key that nobody has read"}');
    const token = `${header.toString('base64url')}.e30.AAAA`;
    for (const response of [
      await service.post('/oauth2/introspect', { ...RESOURCE_SERVER, token }),
      await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token }),
      await service.post('/userinfo', { access_token: token }),
    ]) {
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await seen(response)).toEqual({
        status: 503,
        body: { error: 'temporarily_unavailable', error_description: 'Service unavailable' },
      });
    }
  });
});
