import { createRequire } from 'node:module';
import { type DataSourceOptions } from 'typeorm';
import { boundedMysql } from './bounded-mysql.js';
import { DatabaseLogger } from './database-logger.js';
import { migrations } from './migrations/migrations.js';
import { SnakeCaseNamingStrategy } from './snake-case-naming.strategy.js';

const require = createRequire(import.meta.url);

/** How long a statement may take, a new connection, and the wait for either a new or a free one; in milliseconds. */
const STATEMENT_MS = 2000;
const CONNECT_MS = 2000;
const ACQUIRE_MS = 4000;

/** SQLite waits for another process's lock with the whole process: hardly at all, the unit of work waits better. */
const SQLITE_BUSY_MS = 10;

export interface DatabaseLocation {
  /** `sqlite:PATH`, `sqlite::memory:` or `mysql://user:password@host:port/name`. */
  readonly url: string;
  /** Connections of this process; SQLite has one. */
  readonly poolSize: number;
}

/** The driver's, as far as it is needed here. */
interface SqliteDatabase {
  exec(sql: string): void;
}

/** TypeORM's options for either database, without entities: the service loads them by module, the CLI by path. */
export function dataSourceOptions(location: DatabaseLocation): DataSourceOptions {
  const shared = {
    migrations,
    migrationsTableName: 'migrations',
    namingStrategy: new SnakeCaseNamingStrategy(),
    logger: new DatabaseLogger(),
    maxQueryExecutionTime: STATEMENT_MS,
  };
  if (location.url.startsWith('sqlite:')) {
    return {
      ...shared,
      type: 'better-sqlite3',
      // The registry ships libsql prebuilt; better-sqlite3 has to be compiled or downloaded from elsewhere. Its native
      // code is loaded for nobody else.
      driver: require('libsql') as unknown,
      database: location.url.slice('sqlite:'.length),
      timeout: SQLITE_BUSY_MS,
      enableWAL: true,
      // What is deleted is not to stay in the file.
      prepareDatabase: (database: SqliteDatabase) => void database.exec('PRAGMA secure_delete = ON'),
    };
  }
  const url = new URL(location.url);
  return {
    ...shared,
    type: 'mysql',
    driver: boundedMysql(ACQUIRE_MS, STATEMENT_MS),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 3306),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    bigNumberStrings: false,
    connectTimeout: CONNECT_MS,
    enableQueryTimeout: true,
    poolSize: location.poolSize,
    // What belongs to one transaction goes in one message. Values are escaped, so none can be a statement.
    multipleStatements: true,
  };
}
