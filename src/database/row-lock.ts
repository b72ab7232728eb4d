import { type EntityManager, type FindOneOptions } from 'typeorm';

/**
 * Makes a read of a unit of work keep others from changing the row until it is committed, so that what was read is
 * what is changed. SQLite needs no word of it: there units of work wait in line.
 */
export function forUpdate(manager: EntityManager): Pick<FindOneOptions, 'lock'> {
  const isMysql = manager.connection.options.type === 'mysql';
  return isMysql ? { lock: { mode: 'pessimistic_write' } } : {};
}
