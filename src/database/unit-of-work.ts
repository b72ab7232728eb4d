import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager } from 'typeorm';
import { InjectDataSource } from '@nestjs/typeorm';
import { isOvertaken, isTransient } from './database-errors.js';

const ATTEMPTS = 8;

/**
 * Runs several statements as one: all of them, or none.
 *
 * Every write of the service goes through it. TypeORM's SQLite driver has one connection, so two transactions at
 * once would end up in each other; there they wait in line. On MySQL and MariaDB they run side by side.
 */
@Injectable()
export class UnitOfWork {
  private last: Promise<unknown> = Promise.resolve();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Runs `work` in a transaction and commits it.
   *
   * A deadlock, a lock timeout and a violated key roll back and run `work` again from its start: it then reads
   * what the winner has committed. So `work` must do nothing but talk to the database, through `manager` alone, and
   * must not call `run`.
   *
   * @throws the database's own error when it happens again and again
   */
  async run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transaction(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !(isTransient(error) || isOvertaken(error))) throw error;
        await delay(Math.random() * 2 ** attempt * 5);
      }
    }
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.dataSource.options.type === 'mysql') return this.dataSource.transaction('READ COMMITTED', work);
    const turn = this.last.then(() =>
      this.dataSource.transaction((manager) => this.lockFirst(manager, work)),
    );
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** SQLite's write lock is waited for as long as nothing has been read; later it is refused when others have written. */
  private async lockFirst<T>(
    manager: EntityManager,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    await manager.query('UPDATE migrations SET id = id WHERE FALSE');
    return work(manager);
  }
}
