import { type Socket } from 'node:net';
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
 *
 * @param waitMs for a free connection, or a new one that is ready for use
 * @param statementMs for each statement that makes a new connection ready
 */
export function boundedMysql(waitMs: number, statementMs: number) {
  return {
    createPool(options: PoolOptions): Pool {
      const pool = mysql.createPool(options);
      const unprepared = new WeakSet<object>();
      pool.on('connection', (connection) => {
        discardAfterTimeout(connection as unknown as Connection);
        unprepared.add(connection);
      });
      const getConnection = pool.getConnection.bind(pool) as GetConnection;
      const getPrepared: GetConnection = (taken) =>
        getConnection((error, connection) => {
          if (!connection || !unprepared.delete(connection)) taken(error, connection);
          else prepare(connection, statementMs, taken);
        });
      pool.getConnection = bounded(getPrepared, waitMs);
      return pool;
    },
  };
}

type Taken = (error: Error | null, connection: PoolConnection | undefined) => void;
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

/** Before anybody has the connection: what waited in it behind an unanswered statement would never be told. */
function prepare(connection: PoolConnection, timeout: number, taken: Taken, next = 0): void {
  const sql = SESSION[next];
  if (sql === undefined) {
    taken(null, connection);
    return;
  }
  connection.query({ sql, timeout }, (error) => {
    if (!error) {
      prepare(connection, timeout, taken, next + 1);
      return;
    }
    discard(connection as unknown as Connection);
    taken(error, undefined);
  });
}

type Query = (
  statement: unknown,
  values: unknown,
  answered?: (error: NodeJS.ErrnoException | null, ...rest: unknown[]) => void,
) => unknown;

/** mysql2's, as far as it is needed here. */
interface Connection {
  query: Query;
  destroy(): void;
  readonly stream: Socket;
}

function discardAfterTimeout(connection: Connection): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, values, answered) => {
    if (!answered) return query(statement, values);
    return query(statement, values, (error, ...rest) => {
      if (error?.code === 'PROTOCOL_SEQUENCE_TIMEOUT') discard(connection);
      answered(error, ...rest);
    });
  };
}

/** Without a goodbye, which a line that is blocked would not carry. */
function discard(connection: Connection): void {
  connection.destroy();
  connection.stream.destroy();
}
