import { QueryFailedError } from 'typeorm';
import { DatabaseUnavailable, isOvertaken, isTransient, isUnreachable } from './database-errors.js';

const withCode = (code: string) => Object.assign(new Error(code), { code });
const fromTypeorm = (code: string) => new QueryFailedError('SELECT 1', [], withCode(code));

/** What is to be done about an error. */
const verdict = (error: unknown) => ({
  transient: isTransient(error),
  overtaken: isOvertaken(error),
  unreachable: isUnreachable(error),
});
const no = { transient: false, overtaken: false, unreachable: false };

describe('an error of the database', () => {
  it.each([
    'ER_LOCK_DEADLOCK',
    'ER_LOCK_WAIT_TIMEOUT',
    'ER_CHECKREAD',
    'ER_TRANSACTION_ROLLBACK_DURING_COMMIT',
  ])('%s may not happen again', (code) => {
    expect(verdict(fromTypeorm(code))).toEqual({ ...no, transient: true });
  });

  it.each(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'ER_QUERY_INTERRUPTED'])(
    '%s may not happen again, or be out of reach',
    (code) => {
      expect(verdict(fromTypeorm(code))).toEqual({ ...no, transient: true, unreachable: true });
    },
  );

  it('may be a table that is not there yet', () => {
    const missing = Object.assign(new Error('no such table: users'), { code: 'SQLITE_ERROR' });
    expect(verdict(new QueryFailedError('SELECT 1', [], missing))).toEqual({ ...no, unreachable: true });
    expect(verdict(fromTypeorm('ER_NO_SUCH_TABLE'))).toEqual({ ...no, unreachable: true });
    const behind = Object.assign(new Error('no such column: cors_origins'), { code: 'SQLITE_ERROR' });
    expect(verdict(behind)).toEqual({ ...no, unreachable: true });
    expect(verdict(fromTypeorm('ER_BAD_FIELD_ERROR'))).toEqual({ ...no, unreachable: true });
  });

  it.each([
    'ER_DUP_ENTRY',
    'SQLITE_CONSTRAINT_PRIMARYKEY',
    'SQLITE_CONSTRAINT_UNIQUE',
    'ER_NO_REFERENCED_ROW_2',
  ])('%s means that somebody was faster', (code) => {
    expect(verdict(fromTypeorm(code))).toEqual({ ...no, overtaken: true });
  });

  it.each([
    'ECONNREFUSED',
    'PROTOCOL_CONNECTION_LOST',
    'PROTOCOL_SEQUENCE_TIMEOUT',
    'ER_CON_COUNT_ERROR',
    'ER_UNKNOWN_COM_ERROR',
    'ER_ERROR_DURING_COMMIT',
    'ER_CONNECTION_KILLED',
  ])('%s means that it is out of reach, whoever reports it', (code) => {
    expect(verdict(fromTypeorm(code))).toEqual({ ...no, unreachable: true });
    expect(verdict(withCode(code))).toEqual({ ...no, unreachable: true });
  });

  it.each([8002, 8005, 8022, 8028, 9007])('TiDB’s %i may not happen again', (errno) => {
    const error = Object.assign(new Error('Write conflict'), { code: undefined, errno });
    expect(verdict(new QueryFailedError('COMMIT', [], error))).toEqual({ ...no, transient: true });
    expect(verdict(error)).toEqual({ ...no, transient: true });
  });

  it.each([9001, 9002, 9003, 9005])('TiDB’s %i means that it is out of reach', (errno) => {
    const error = Object.assign(new Error('Region is unavailable'), { code: undefined, errno });
    expect(verdict(new QueryFailedError('COMMIT', [], error))).toEqual({ ...no, unreachable: true });
  });

  it('may also be a closed pool or our own verdict', () => {
    expect(verdict(new Error('Pool is closed.'))).toEqual({ ...no, unreachable: true });
    expect(verdict(new DatabaseUnavailable('gone'))).toEqual({ ...no, unreachable: true });
  });

  it.each([new Error('other'), fromTypeorm('ER_PARSE_ERROR'), withCode('ENOENT'), 'a text', {}])(
    '%p is none of these',
    (error) => {
      expect(verdict(error)).toEqual(no);
    },
  );
});
