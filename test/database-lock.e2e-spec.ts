import { type DataSource } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { anApplication, anAuthSource } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

// On a server, transactions lock rows; that is tested with the unit of work.
(isMysql ? describe.skip : describe)('an SQLite file that another process is writing to', () => {
  let database: TestDatabase;
  let service: RunningService;
  let other: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase({ shared: true });
    service = await startService({ DATABASE_URL: database.url });
    service.simulator.wechat.addUser({ id: 'band' });
    await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    other = await connect(dataSourceOptions({ url: database.url, poolSize: 1 }));
  });

  afterAll(async () => {
    await service.close();
    await other.destroy();
    await database.drop();
  });

  it('is waited for, while everything else goes on', async () => {
    await other.query('BEGIN IMMEDIATE');
    const login = service.login('band');
    // The login is waiting by the time WeChat has been asked.
    while (service.simulator.wechat.calls().length === 0) await new Promise(setImmediate);
    for (let request = 0; request < 20; request++) {
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    }
    await other.query('COMMIT');
    expect((await login).status).toBe(200);
  });

  it('is not waited for without end', async () => {
    await other.query('BEGIN IMMEDIATE');
    const response = await service.login('band');
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '5',
      { error: 'temporarily_unavailable', error_description: 'Service unavailable' },
    ]);
    await other.query('ROLLBACK');
    expect((await service.login('band')).status).toBe(200);
  });
});
