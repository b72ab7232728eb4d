import { randomBytes } from 'node:crypto';
import { createConnection, type Connection } from 'mysql2/promise';
import { cleanup } from './cleanup.js';

/** A new database of the server, which is dropped in the end. */
export async function newDatabase(server: string): Promise<string> {
  const name = `ciam_bench_${randomBytes(6).toString('hex')}`;
  await onConnection(new URL('/', server).href, (connection) => connection.query(`CREATE DATABASE ${name}`));
  cleanup(() => dropDatabase(server, name));
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

export async function onConnection<Result>(
  uri: string,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await createConnection({ uri });
  try {
    return await use(connection);
  } finally {
    await connection.end();
  }
}

async function dropDatabase(server: string, name: string): Promise<void> {
  await onConnection(new URL('/', server).href, (connection) =>
    connection.query(`DROP DATABASE IF EXISTS ${name}`),
  );
}
