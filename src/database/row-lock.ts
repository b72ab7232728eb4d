import { type EntityManager, type FindOneOptions } from 'typeorm';
import { mayWrite } from './unit-of-work.js';

/**
 * Makes a read of a unit of work keep others from changing the rows until it is committed, so that what was read is
 * what is changed. Who only reads keeps nobody from anything, and SQLite needs no word of it: there units of work wait
 * in line.
 */
export function forUpdate(manager: EntityManager): Pick<FindOneOptions, 'lock'> {
  const isMysql = manager.connection.options.type === 'mysql';
  return isMysql && mayWrite(manager) ? { lock: { mode: 'pessimistic_write' } } : {};
}
