import { access } from 'node:fs/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AuthSource, LinkedApplication } from '../../auth-sources/auth-source.entity.js';
import { type Configuration } from '../../config/configuration.js';
import { DatabaseConfig } from '../../config/database.config.js';
import { dataSourceOptions } from '../../database/data-source-options.js';
import { messageFor } from '../../logging/described-error.js';
import { SigningKey } from '../../tokens/signing-key.entity.js';
import { findings, type Finding } from './finding.js';
import { serverFaults } from './server-faults.js';

const { ok, problem } = findings('database');

/**
 * Connects to the database, to read and nothing else.
 *
 * @returns the connection, which the caller closes, when there is one
 */
export async function checkDatabase(
  configuration: Configuration,
): Promise<{ readonly dataSource?: DataSource; readonly found: readonly Finding[] }> {
  const { url } = configuration.get(DatabaseConfig);
  const options = readingOnly(dataSourceOptions({ url, poolSize: 1 }));
  if (options.type === 'better-sqlite3' && !(await exists(options.database))) {
    const advice = 'start the service, or run npm run migration:run';
    return { found: [problem(`There is no database ${options.database} yet: ${advice}`)] };
  }
  let dataSource: DataSource;
  try {
    dataSource = await new DataSource(options).initialize();
  } catch (error) {
    return { found: [problem(`${locationOf(options)} cannot be used: ${reasonOf(error)}`)] };
  }
  const version = await versionOf(dataSource);
  const faults = options.type === 'mysql' ? serverFaults(version, await variablesOf(dataSource)) : [];
  const found = faults.length > 0 ? faults.map(problem) : [ok(`${version} at ${locationOf(options)}`)];
  return { dataSource, found };
}

function readingOnly(options: DataSourceOptions): DataSourceOptions {
  const entities = [AuthSource, LinkedApplication, SigningKey];
  if (options.type !== 'better-sqlite3') return { ...options, entities };
  return {
    ...options,
    entities,
    enableWAL: false,
    prepareDatabase: (database: { pragma(statement: string): void }) => database.pragma('query_only = ON'),
  };
}

async function exists(path: string): Promise<boolean> {
  if (path === ':memory:') return false;
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Host and port, or file: no credentials. */
function locationOf(options: DataSourceOptions): string {
  return options.type === 'mysql'
    ? `${options.host}:${options.port}/${String(options.database)}`
    : String(options.database);
}

function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  const message = messageFor(error);
  return typeof code === 'string' && !message.includes(code) ? `${code} ${message}` : message;
}

async function versionOf(dataSource: DataSource): Promise<string> {
  const isMysql = dataSource.options.type === 'mysql';
  const sql = `SELECT ${isMysql ? 'VERSION()' : 'sqlite_version()'} AS version`;
  const [{ version }] = await dataSource.query<[{ version: string }]>(sql);
  if (!isMysql) return `SQLite ${version}`;
  return version.includes('MariaDB') ? `MariaDB ${version}` : `MySQL ${version}`;
}

async function variablesOf(dataSource: DataSource): Promise<Record<string, string>> {
  const rows = await dataSource.query<{ Variable_name: string; Value: string }[]>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format', 'read_only')`,
  );
  return Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
}
