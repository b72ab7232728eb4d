import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';

declare global {
  /** The server that this run of the suite is for: `sqlite::memory:` or a `mysql://` URL. Set by Jest's projects. */
  var TEST_DATABASE_URL: string | undefined;
}

/** A database of a test's own, empty. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export const isMysql = (globalThis.TEST_DATABASE_URL ?? '').startsWith('mysql:');

/** @param shared whether several processes or connections use it: SQLite is then a file */
export async function createTestDatabase({ shared = false } = {}): Promise<TestDatabase> {
  const server = globalThis.TEST_DATABASE_URL ?? 'sqlite::memory:';
  if (!isMysql) return shared ? sqliteFile() : { url: server, drop: () => Promise.resolve() };
  const name = `ciam_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  await onServer(url, `CREATE DATABASE ${name}`);
  const drop = () => onServer(url, `DROP DATABASE IF EXISTS ${name}`);
  return { url: Object.assign(new URL(url), { pathname: `/${name}` }).href, drop };
}

async function sqliteFile(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
  return { url: `sqlite:${join(folder, 'test.sqlite')}`, drop: () => rm(folder, { recursive: true }) };
}

async function onServer(url: URL, statement: string): Promise<void> {
  const server = await new DataSource({ type: 'mysql', url: new URL('/', url).href }).initialize();
  try {
    await server.query(statement);
  } finally {
    await server.destroy();
  }
}
