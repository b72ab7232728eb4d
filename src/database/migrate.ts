import { setTimeout as delay } from 'node:timers/promises';
import { type DataSource, type DataSourceOptions, type Migration, type QueryRunner } from 'typeorm';
import { connect } from './connect.js';
import { isTransient } from './database-errors.js';

const LOCK_NAME = 'nest-ciam migrations';
const LOCK_WAIT_S = 60;

/**
 * Runs pending migrations; of any number of processes that start at once, one does and the others wait for it.
 *
 * @returns the names of those that this process has run
 * @throws Error when the lock is not free within a minute
 * @throws DatabaseUnavailable when the database is out of reach for ten seconds
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const isMysql = dataSource.options.type === 'mysql';
  const run = isMysql ? await migrateMysql(dataSource) : await migrateSqlite(dataSource);
  return run.map(({ name }) => name);
}

async function migrateMysql(dataSource: DataSource): Promise<Migration[]> {
  // A migration may take longer than any request is allowed to wait.
  const options = { ...dataSource.options, enableQueryTimeout: false, poolSize: 2 } as DataSourceOptions;
  const migrator = await connect(options);
  const runner = migrator.createQueryRunner();
  try {
    // Locks are of the whole server: each database has its own.
    const lock = `${LOCK_NAME} ${String(options.database)}`.slice(0, 64);
    const [answer] = (await runner.query('SELECT GET_LOCK(?, ?) AS taken', [lock, LOCK_WAIT_S])) as [
      { taken: unknown },
    ];
    if (Number(answer.taken) !== 1)
      throw new Error(`Another process has been running migrations for ${LOCK_WAIT_S} s`);
    try {
      return await migrator.runMigrations({ transaction: 'each' });
    } finally {
      await runner.query('SELECT RELEASE_LOCK(?)', [lock]);
    }
  } finally {
    await runner.release();
    await migrator.destroy();
  }
}

/** The file's own write lock; the driver has one connection, so the migrations run inside this transaction. */
async function migrateSqlite(dataSource: DataSource): Promise<Migration[]> {
  const runner = dataSource.createQueryRunner();
  // A table that is rebuilt must not take the rows with it that refer to it.
  await runner.query('PRAGMA foreign_keys = OFF');
  await beginExclusive(runner);
  try {
    const run = await dataSource.runMigrations({ transaction: 'none' });
    await runner.query('COMMIT');
    return run;
  } catch (error) {
    await runner.query('ROLLBACK');
    throw error;
  } finally {
    await runner.query('PRAGMA foreign_keys = ON');
  }
}

async function beginExclusive(runner: QueryRunner): Promise<void> {
  const deadline = performance.now() + LOCK_WAIT_S * 1000;
  for (;;) {
    try {
      await runner.query('BEGIN EXCLUSIVE');
      return;
    } catch (error) {
      if (!isTransient(error) || performance.now() >= deadline) throw error;
      await delay(50);
    }
  }
}
