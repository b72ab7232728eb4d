import mysql, { type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import { DatabaseUnavailable } from './database-errors.js';

/** What every connection is to be like, however the server is configured. */
const SESSION = [
  // Locks are waited for by running again; and no value is ever cut, no backslash ever plain text.
  `SET SESSION innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`,
  // A unit of work that runs again sees what others have committed meanwhile.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/**
 * The MySQL driver, with an end to every wait.
 *
 * mysql2 waits for a free connection for ever, and keeps a connection whose statement has timed out although the
 * answer to it is still to come. Here the wait ends after `waitMs`, and such a connection is thrown away.
 */
export function boundedMysql(waitMs: number) {
  return {
    createPool(options: PoolOptions): Pool {
      const pool = mysql.createPool(options);
      pool.getConnection = bounded(pool.getConnection.bind(pool) as GetConnection, waitMs);
      pool.on('connection', (connection) => {
        // Sent before whatever the connection was opened for.
        for (const statement of SESSION) connection.query(statement, discardAfterError(connection));
        discardAfterTimeout(connection);
      });
      return pool;
    },
  };
}

type Taken = (error: NodeJS.ErrnoException | null, connection: PoolConnection | undefined) => void;
type GetConnection = (taken: Taken) => void;

function bounded(getConnection: GetConnection, waitMs: number): Pool['getConnection'] {
  return ((taken: Taken) => {
    let waits = true;
    const timer = setTimeout(() => {
      waits = false;
      taken(new DatabaseUnavailable(`no connection within ${waitMs} ms`), undefined);
    }, waitMs);
    getConnection((error, connection) => {
      clearTimeout(timer);
      if (waits) taken(error, connection);
      else connection?.release();
    });
  }) as Pool['getConnection'];
}

type Query = (
  statement: unknown,
  values: unknown,
  answered: (error: NodeJS.ErrnoException | null, ...rest: unknown[]) => void,
) => unknown;

function discardAfterTimeout(connection: { query: unknown; destroy(): void }): void {
  const query = (connection.query as Query).bind(connection);
  const watched: Query = (statement, values, answered) =>
    query(statement, values, (error, ...rest) => {
      if (error?.code === 'PROTOCOL_SEQUENCE_TIMEOUT') connection.destroy();
      answered(error, ...rest);
    });
  connection.query = watched;
}

function discardAfterError(connection: { destroy(): void }): (error: unknown) => void {
  return (error) => {
    if (error) connection.destroy();
  };
}
