import { Logger } from '@nestjs/common';
import { type DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Application } from '../src/applications/application.entity.js';
import { connect as connectPatiently } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrate } from '../src/database/migrate.js';
import { migrations } from '../src/database/migrations/migrations.js';
import { schemaOptions } from '../src/database/schema-options.js';
import { ExternalIdentity } from '../src/users/external-identity.entity.js';
import { User } from '../src/users/user.entity.js';
import { onDatabaseInProcess } from './support/database-process.js';
import { loadEntities } from './support/entities.js';
import { anApplicationRow, aUserRow } from './support/rows.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

let database: TestDatabase;
let open: DataSource[];

beforeEach(async () => {
  open = [];
  database = await createTestDatabase({ shared: true });
});
afterEach(async () => {
  await Promise.all(open.map((dataSource) => dataSource.destroy()));
  await database.drop();
});

/** As the service connects. */
async function connect(
  overrides: { migrations?: (new () => MigrationInterface)[] } = {},
): Promise<DataSource> {
  return connectWith({ ...dataSourceOptions({ url: database.url, poolSize: 4 }), ...overrides });
}

async function connectWith(options: DataSourceOptions): Promise<DataSource> {
  // A schema takes longer to change than any request is allowed to take.
  const patient = { ...options, enableQueryTimeout: false } as DataSourceOptions;
  const dataSource = await connectPatiently({ ...patient, entities: await loadEntities() });
  open.push(dataSource);
  return dataSource;
}

/** The statements that would turn the schema into the one that the entities describe. */
async function difference(): Promise<string[]> {
  const dataSource = await connectWith(await schemaOptions({ url: database.url, poolSize: 1 }));
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => String(query));
}

async function tablesOf(dataSource: DataSource): Promise<string[]> {
  const statement = isMysql
    ? 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()'
    : `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`;
  return (await dataSource.query<{ name: string }[]>(statement)).map(({ name }) => name).sort();
}

async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => name);
}

/** The migration, ending after so many statements. */
function cutOff(migration: new () => MigrationInterface, statements: number): new () => MigrationInterface {
  return class extends migration {
    override up(queryRunner: QueryRunner): Promise<void> {
      let left = statements;
      const get = (target: QueryRunner, name: string) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        const changes = /^(create|drop|add|query)/.test(name);
        return (...args: unknown[]) =>
          changes && left-- <= 0
            ? Promise.reject(new Error('cut off'))
            : (member.apply(target, args) as unknown);
      };
      const watched = new Proxy(queryRunner, { get: (target, name) => get(target, String(name)) });
      return super.up(watched);
    }
  };
}

describe('migrations', () => {
  beforeEach(() => void Logger.overrideLogger(false));
  it('make the schema that the entities describe', async () => {
    const dataSource = await connect();
    expect(await difference()).not.toEqual([]);
    await migrate(dataSource);
    expect(await difference()).toEqual([]);
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    expect(await tablesOf(dataSource)).toEqual([...tables, 'migrations'].sort());
  });

  it('can be taken back and applied again', async () => {
    const dataSource = await connect();
    await migrate(dataSource);
    for (let left = migrations.length; left > 0; left--) await dataSource.undoLastMigration();
    expect(await tablesOf(dataSource)).toEqual(['migrations']);
    expect(await appliedMigrations(dataSource)).toEqual([]);
    await migrate(dataSource);
    expect(await difference()).toEqual([]);
  });

  it('run once, however many processes start at once', async () => {
    const processes = Array.from({ length: 4 }, () =>
      onDatabaseInProcess(database.url, 'await migrate(dataSource);'),
    );
    await Promise.all(processes);
    const dataSource = await connect();
    expect(await appliedMigrations(dataSource)).toEqual(migrations.map(({ name }) => name));
    expect(await difference()).toEqual([]);
  });

  it('go on after they have been cut off, wherever that was', async () => {
    for (let steps = 0; ; steps++) {
      const dataSource = await connect({
        migrations: [...migrations.slice(0, -1), cutOff(migrations.at(-1)!, steps)],
      });
      const isDone = await migrate(dataSource).then(
        () => true,
        (error: Error) => error.message !== 'cut off' && Promise.reject(error),
      );
      if (isDone) break;
      expect(steps).toBeLessThan(20);
    }
    expect(await difference()).toEqual([]);
  });

  it('give the sealed successors of the release before an end, too', async () => {
    const before = await connect({ migrations: migrations.slice(0, 1) });
    await migrate(before);
    await before.query(`INSERT INTO sessions (id, client_id, user_id, scopes, created_at, expires_at)
      VALUES ('session', 'client', 'user', '[]', 1000, 9000)`);
    const values = `'session', 1000, 9000`;
    await before.query(`INSERT INTO refresh_tokens
      (hash, session_id, created_at, expires_at, consumed_at, successor_hash, successor_sealed) VALUES
      ('consumed', ${values}, 2000, 'current', 'sealed'), ('current', ${values}, NULL, NULL, NULL)`);
    const dataSource = await connect();
    await migrate(dataSource);
    const rows = await dataSource.query<{ hash: string; sealedUntil: unknown }[]>(
      'SELECT hash, sealed_until AS sealedUntil FROM refresh_tokens ORDER BY hash',
    );
    expect(rows.map(({ hash, sealedUntil }) => [hash, sealedUntil && Number(sealedUntil)])).toEqual([
      ['consumed', 2000 + 3_600_000],
      ['current', null],
    ]);
  });

  it('keep the applications of the release before, which list no origins, and their links', async () => {
    const before = await connect({ migrations: migrations.slice(0, 3) });
    await migrate(before);
    const { corsOrigins, ...old } = anApplicationRow();
    const register = () =>
      before.createQueryBuilder().insert().into(Application, Object.keys(old)).values(old).execute();
    await register();
    await before.query(`INSERT INTO auth_sources (id, type, name, enabled, app_id, open_platform_account,
      attribute_mapping, created_at, updated_at) VALUES ('source', 'wechat_mini_program', 'source', 1, 'wx1', 'default',
      '[]', 1, 1)`);
    await before.query(`INSERT INTO auth_source_applications (auth_source_id, client_id)
      VALUES ('source', 'application')`);
    const dataSource = await connect();
    await migrate(dataSource);
    expect(await dataSource.manager.find(Application)).toEqual([anApplicationRow({ corsOrigins })]);
    expect(await dataSource.query('SELECT client_id FROM auth_source_applications')).toMatchObject([
      { client_id: 'application' },
    ]);
    // Instances of that release go on for a while.
    await before.query('DELETE FROM applications');
    await register();
    expect(await dataSource.manager.find(Application)).toEqual([anApplicationRow({ corsOrigins: [] })]);
  });

  it('leave the lock free when one of them fails', async () => {
    class Failing1999999999999 implements MigrationInterface {
      up = () => Promise.reject(new Error('no such thing'));
      down = () => Promise.resolve();
    }
    const failing = await connect({ migrations: [...migrations, Failing1999999999999] });
    await expect(migrate(failing)).rejects.toThrow('no such thing');
    const dataSource = await connect();
    await migrate(dataSource);
    expect(await appliedMigrations(dataSource)).toEqual(migrations.map(({ name }) => name));
  });
});

describe('identifiers', () => {
  let dataSource: DataSource;
  beforeEach(async () => {
    dataSource = await connect();
    await migrate(dataSource);
  });

  it('that differ only in case are two rows', async () => {
    await dataSource.manager.insert(User, [aUserRow({ id: 'one' }), aUserRow({ id: 'ONE' })]);
    const identity = { type: 'wechat_openid', issuer: 'wx1', createdAt: new Date() } as const;
    await dataSource.manager.insert(ExternalIdentity, [
      { ...identity, subject: 'oAbC', userId: 'one' },
      { ...identity, subject: 'oaBc', userId: 'ONE' },
    ]);
    await dataSource.manager.insert(Application, [
      anApplicationRow({ clientId: 'sample', name: 'small' }),
      anApplicationRow({ clientId: 'SAMPLE', name: 'large' }),
    ]);
    const found = await dataSource.manager.findBy(ExternalIdentity, { subject: 'oaBc' });
    expect(found.map(({ subject, userId }) => [subject, userId])).toEqual([['oaBc', 'ONE']]);
    expect((await dataSource.manager.findOneByOrFail(Application, { clientId: 'sample' })).name).toBe(
      'small',
    );
    expect((await dataSource.manager.findOneByOrFail(Application, { clientId: 'SAMPLE' })).name).toBe(
      'large',
    );
  });

  it('of one identity are one row', async () => {
    await dataSource.manager.insert(User, [aUserRow({ id: 'one' }), aUserRow({ id: 'two' })]);
    const identity = { type: 'wechat_openid', issuer: 'wx1', subject: 'o1', createdAt: new Date() } as const;
    await dataSource.manager.insert(ExternalIdentity, { ...identity, userId: 'one' });
    const second = dataSource.manager.insert(ExternalIdentity, { ...identity, userId: 'two' });
    await expect(second).rejects.toMatchObject({
      driverError: { code: isMysql ? 'ER_DUP_ENTRY' : 'SQLITE_CONSTRAINT_PRIMARYKEY' },
    });
  });

  if (isMysql) {
    it('are compared byte by byte by the server, as is every other text', async () => {
      const columns = await dataSource.query<{ name: string; collation: string }[]>(
        `SELECT CONCAT(table_name, '.', column_name) AS name, collation_name AS collation
         FROM information_schema.columns
         WHERE table_schema = DATABASE() AND table_name <> 'migrations' AND collation_name IS NOT NULL`,
      );
      const names = columns.map(({ name }) => name);
      for (const name of ['external_identities.subject', 'applications.client_id', 'refresh_tokens.hash']) {
        expect(names).toContain(name);
      }
      expect(columns.filter(({ collation }) => collation !== 'utf8mb4_bin')).toEqual([]);
    });
  }
});

describe('a connection', () => {
  it('keeps what refers to a row from outliving it', async () => {
    const dataSource = await connect();
    await migrate(dataSource);
    const orphan = {
      type: 'wechat_openid',
      issuer: 'wx1',
      subject: 'o1',
      userId: 'nobody',
      createdAt: new Date(),
    };
    await expect(
      dataSource.manager.insert(ExternalIdentity, orphan as ExternalIdentity),
    ).rejects.toMatchObject({
      driverError: { code: isMysql ? 'ER_NO_REFERENCED_ROW_2' : 'SQLITE_CONSTRAINT_FOREIGNKEY' },
    });
    await dataSource.manager.insert(User, aUserRow({ id: 'one' }));
    await dataSource.manager.insert(ExternalIdentity, { ...orphan, userId: 'one' });
    await dataSource.manager.delete(User, { id: 'one' });
    expect(await dataSource.manager.count(ExternalIdentity)).toBe(0);
  });

  it('has no schema synchronisation', () => {
    expect(dataSourceOptions({ url: database.url, poolSize: 1 })).not.toHaveProperty('synchronize');
  });
});
