import { Module, type Type } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { ConfigModule, ENVIRONMENT } from '../src/config/config.module.js';
import { configureApp } from '../src/configure-app.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { HealthModule } from '../src/health/health.module.js';
import { Readiness } from '../src/health/readiness.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

@Module({ imports: [ConfigModule, DatabaseModule, HealthModule] })
class HealthOfDatabaseModule {}

describe('health', () => {
  let database: TestDatabase;
  let app: NestExpressApplication;

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  async function start(environment: Record<string, string> = {}, module: Type = HealthOfDatabaseModule) {
    const compiled = await Test.createTestingModule({ imports: [module] })
      .overrideProvider(ENVIRONMENT)
      .useValue({
        DATABASE_URL: database.url,
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
        ...environment,
      })
      .compile();
    app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
  }

  async function ask(path: string): Promise<unknown> {
    const response = await fetch((await app.getUrl()) + path);
    return {
      status: response.status,
      cacheControl: response.headers.get('cache-control'),
      contentType: response.headers.get('content-type'),
      nosniff: response.headers.get('x-content-type-options'),
      body: await response.json(),
    };
  }

  const answer = (status: number, body: object) => ({
    status,
    cacheControl: 'no-store',
    contentType: 'application/json; charset=utf-8',
    nosniff: 'nosniff',
    body,
  });

  const ok = answer(200, { status: 'ok' });

  it('is live and ready with a database that is migrated', async () => {
    await start();
    expect(await ask('/health/live')).toEqual(ok);
    expect(await ask('/health/ready')).toEqual(ok);
  });

  it('is live and not ready without the database, and ready again with it', async () => {
    await start();
    expect(await ask('/health/ready')).toEqual(ok);
    await app.get(DataSource).destroy();
    expect(await ask('/health/live')).toEqual(ok);
    expect(await ask('/health/ready')).toEqual(answer(503, { status: 'unavailable', reason: 'database' }));
    await app.get(DataSource).initialize();
    expect(await ask('/health/ready')).toEqual(ok);
  });

  it('is not ready until the migrations are applied, and applies none itself', async () => {
    await start({ MIGRATIONS_RUN: 'false' });
    const pending = answer(503, { status: 'unavailable', reason: 'migrations' });
    expect(await ask('/health/ready')).toEqual(pending);
    const dataSource = app.get(DataSource);
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable('migrations')).toBe(false);
    await runner.release();
    await dataSource.runMigrations({ transaction: 'each' });
    expect(await ask('/health/ready')).toEqual(ok);
  });

  it('asks for the migrations no more once they are applied', async () => {
    await start();
    expect(await ask('/health/ready')).toEqual(ok);
    await app.get(DataSource).query('DELETE FROM migrations');
    expect(await ask('/health/ready')).toEqual(ok);
  });

  it('is live and not ready once the service shuts down', async () => {
    await start();
    app.get(Readiness).beginShutdown();
    expect(await ask('/health/live')).toEqual(ok);
    expect(await ask('/health/ready')).toEqual(
      answer(503, { status: 'unavailable', reason: 'shutting down' }),
    );
  });
});
