/** The database cannot be reached, or did not answer in time. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

/** A row that a unit of work has read is gone: run again, it finds what is there instead. */
export class RowGone extends Error {
  override readonly name = 'RowGone';
}

/** The code of a statement that was not sent, because its request had waited for the database long enough. */
export const PATIENCE_SPENT = 'PATIENCE_SPENT';

const transient = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  // A row changed between the read and the locking read of one transaction (MariaDB 11.6 and later).
  'ER_CHECKREAD',
  // What a cluster's other node has committed first takes the statement that is in its way from it.
  'ER_QUERY_INTERRUPTED',
  // Group replication's word for what Galera calls a deadlock.
  'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  // TiDB's own, which have numbers alone: a write conflict, and a commit that was rolled back.
  '8002',
  '8005',
  '8022',
  '8028',
  '9007',
]);

const overtaken = new Set([
  'ER_DUP_ENTRY',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'ER_NO_REFERENCED_ROW_2',
  'SQLITE_CONSTRAINT_FOREIGNKEY',
]);

const unreachable = new Set([
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  // A replica, until the primary is back.
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_SERVER_SHUTDOWN',
  // A cluster's node that is cut off from the others, or does not have their state yet.
  'ER_UNKNOWN_COM_ERROR',
  // A node that left its cluster meanwhile: nobody knows whether it is committed.
  'ER_ERROR_DURING_COMMIT',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
  PATIENCE_SPENT,
  // TiDB without the servers that have its data, or its time.
  '9001',
  '9002',
  '9003',
  '9005',
]);

/** Whether the same transaction may succeed when it is run again. */
export function isTransient(error: unknown): boolean {
  return transient.has(codeOf(error));
}

/** Whether a key was violated: somebody else has meanwhile inserted the same row, or deleted one that was needed. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof RowGone || overtaken.has(codeOf(error));
}

/** What was in the way of a transaction that is run again. */
export function obstacleOf(error: unknown): 'deadlock' | 'lock_timeout' | 'overtaken' {
  if (isOvertaken(error)) return 'overtaken';
  const code = codeOf(error);
  return code === 'ER_LOCK_WAIT_TIMEOUT' || code.startsWith('SQLITE_BUSY') ? 'lock_timeout' : 'deadlock';
}

/** Whether the database is out of reach, rather than unwilling. */
export function isUnreachable(error: unknown): boolean {
  const isKnown = error instanceof DatabaseUnavailable || unreachable.has(codeOf(error));
  return isKnown || isClosedPool(error) || isBehind(error);
}

/** Migrations are pending: the table, or the column, will be there. */
function isBehind(error: unknown): boolean {
  if (['ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR'].includes(codeOf(error))) return true;
  return codeOf(error).startsWith('SQLITE_') && /no such (table|column)/.test((error as Error).message);
}

function isClosedPool(error: unknown): boolean {
  return (
    error instanceof Error && /Pool is closed|closed state|DataSource is not initialized/i.test(error.message)
  );
}

/** MySQL's driver has a code for every number that MySQL has. */
interface DriverError {
  readonly code?: string;
  readonly errno?: number;
}

/** @returns a number, as text, where there is no code */
function codeOf(error: unknown): string {
  const { code, errno, driverError } = error as DriverError & { driverError?: DriverError };
  return driverError?.code ?? code ?? String(driverError?.errno ?? errno ?? '');
}
