import { AsyncResource } from 'node:async_hooks';
import { type Socket } from 'node:net';
import mysql, { type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import { DatabaseUnavailable, PATIENCE_SPENT } from './database-errors.js';
import { patienceLeft, waiting } from './patience.js';

/** What is taken back when nobody waits any longer: the server forgets it by itself when it has not done so by then. */
const ROLLBACK_MS = 500;

/** What every connection is to be like, however the server is configured. */
const SESSION = [
  // Locks are waited for by running again; and no value is ever cut, no backslash ever plain text.
  `SET SESSION innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`,
  // A unit of work that runs again sees what others have committed meanwhile.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  // On every node of a Galera cluster, a transaction begins with what any of them has acknowledged before.
  'SET SESSION wsrep_sync_wait = 1',
];

/** Of a server that cannot be a cluster's node. */
const UNKNOWN_VARIABLE = 'ER_UNKNOWN_SYSTEM_VARIABLE';

/**
 * The MySQL driver, with an end to every wait.
 *
 * mysql2 waits for a free connection for ever, and keeps a connection whose statement has timed out although the
 * answer to it is still to come. Here the wait ends after `waitMs`, and such a connection is thrown away. All waits of a
 * request together end with its patience.
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
        boundQueries(connection as unknown as Connection);
        unprepared.add(connection);
      });
      const getConnection = pool.getConnection.bind(pool) as GetConnection;
      const getPrepared: GetConnection = (taken) =>
        getConnection(
          // Whoever gives the connection back calls this; it is still this request that waits.
          AsyncResource.bind((error: Error | null, connection: PoolConnection | undefined) => {
            if (!connection || !unprepared.delete(connection)) taken(error, connection);
            else prepare(connection, statementMs, taken);
          }),
        );
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
    const ended = waiting();
    const longest = Math.max(0, Math.min(waitMs, patienceLeft()));
    const timer = setTimeout(() => {
      waits = false;
      ended();
      taken(new DatabaseUnavailable(`no connection within ${longest} ms`), undefined);
    }, longest);
    getConnection((error, connection) => {
      clearTimeout(timer);
      if (!waits) {
        connection?.release();
        return;
      }
      ended();
      taken(error, connection);
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
    if (!error || (error as NodeJS.ErrnoException).code === UNKNOWN_VARIABLE) {
      prepare(connection, timeout, taken, next + 1);
      return;
    }
    discard(connection as unknown as Connection);
    taken(error, undefined);
  });
}

type Answered = (error: NodeJS.ErrnoException | null, ...rest: unknown[]) => void;
type Query = (statement: unknown, values: unknown, answered?: Answered) => unknown;

/** mysql2's, as far as it is needed here. */
interface Connection {
  query: Query;
  destroy(): void;
  readonly stream: Socket;
}

function boundQueries(connection: Connection): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, values, callback) => {
    // What has no values, COMMIT and ROLLBACK among it, has its callback in their place.
    const answered = typeof values === 'function' ? (values as Answered) : callback;
    const parameters = typeof values === 'function' ? [] : values;
    if (!answered) return query(statement, values);
    const leftMs = patienceLeft();
    const isRollback = sqlOf(statement) === 'ROLLBACK';
    if (leftMs <= 0 && !isRollback) {
      const spent = Object.assign(new Error('waited for the database long enough'), { code: PATIENCE_SPENT });
      return process.nextTick(answered, spent);
    }
    const ended = waiting();
    const longest = isRollback ? Math.max(ROLLBACK_MS, leftMs) : leftMs;
    return query(within(statement, longest), parameters, (error, ...rest) => {
      ended();
      if (error?.code === 'PROTOCOL_SEQUENCE_TIMEOUT') discard(connection);
      answered(error, ...rest);
    });
  };
}

function sqlOf(statement: unknown): unknown {
  return typeof statement === 'string' ? statement : (statement as { sql?: unknown }).sql;
}

/** The statement with an earlier end, if it has one that is later. */
function within(statement: unknown, longestMs: number): unknown {
  const { timeout } = statement as { readonly timeout?: number };
  if (timeout === undefined || timeout <= longestMs) return statement;
  // A timer of less than a millisecond is none.
  return { ...(statement as object), timeout: Math.max(1, Math.ceil(longestMs)) };
}

/** Without a goodbye, which a line that is blocked would not carry. */
function discard(connection: Connection): void {
  connection.destroy();
  connection.stream.destroy();
}
