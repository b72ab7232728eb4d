import libsql from 'libsql';
import { type DataSourceOptions } from 'typeorm';
import { DatabaseLogger } from './database-logger.js';
import { migrations } from './migrations/migrations.js';
import { SnakeCaseNamingStrategy } from './snake-case-naming.strategy.js';

/** How long the database is waited for, in milliseconds: a connection, a statement, a lock. */
export const DATABASE_WAIT_MS = 4000;

export interface DatabaseLocation {
  /** `sqlite:PATH`, `sqlite::memory:` or `mysql://user:password@host:port/name`. */
  readonly url: string;
  /** Connections of this process; SQLite has one. */
  readonly poolSize: number;
}

/** TypeORM's options for either database, without entities: the service loads them by module, the CLI by path. */
export function dataSourceOptions(location: DatabaseLocation): DataSourceOptions {
  const shared = {
    migrations,
    migrationsTableName: 'migrations',
    namingStrategy: new SnakeCaseNamingStrategy(),
    logger: new DatabaseLogger(),
    maxQueryExecutionTime: DATABASE_WAIT_MS,
  };
  if (location.url.startsWith('sqlite:')) {
    return {
      ...shared,
      type: 'better-sqlite3',
      // The registry ships libsql prebuilt; better-sqlite3 has to be compiled or downloaded from elsewhere.
      driver: libsql,
      database: location.url.slice('sqlite:'.length),
      timeout: DATABASE_WAIT_MS,
      enableWAL: true,
    };
  }
  const url = new URL(location.url);
  return {
    ...shared,
    type: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 3306),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    bigNumberStrings: false,
    connectTimeout: DATABASE_WAIT_MS,
    enableQueryTimeout: true,
    poolSize: location.poolSize,
  };
}
