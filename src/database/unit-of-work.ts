import { setImmediate as everythingElse } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type DataSource, type EntityManager } from 'typeorm';
import { InjectDataSource } from '@nestjs/typeorm';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { GroupCommit } from './group-commit.js';
import { NewRows, type RowWriter } from './new-rows.js';
import { patienceLeft } from './patience.js';
import { Retries } from './retries.js';

/** How long a unit of work is tried again, in milliseconds. */
const TRIED_MS = 4000;
/** Units of work on SQLite, of a millisecond or so each, after which the rest of the process has its turn. */
const TURNS_AT_ONCE = 4;

/** What is done when a unit of work has been committed, by its manager or its rows. */
const onCommit = new WeakMap<RowWriter, (() => void)[]>();

/**
 * Does `action` when the unit of work has been committed, before `run` resolves; never when it is rolled back. It must
 * not throw.
 *
 * @param writer what `UnitOfWork.run` or `add` has handed on
 */
export function afterCommit(writer: RowWriter, action: () => void): void {
  const actions = onCommit.get(writer);
  if (!actions) throw new Error('This must be done in a unit of work');
  actions.push(action);
}

/** Whether the manager is that of a unit of work that may change something. */
export function mayWrite(manager: EntityManager): boolean {
  return onCommit.has(manager);
}

function deadlineFromNow(): number {
  return performance.now() + Math.min(TRIED_MS, patienceLeft());
}

type Work<T> = (manager: EntityManager, rows: RowWriter) => Promise<T>;

/** TypeORM's, as far as it is needed here. */
interface SqliteDriver {
  readonly databaseConnection: { exec(sql: string): void };
}

/**
 * Runs several statements as one: all of them, or none.
 *
 * Every write of the service goes through it. TypeORM's SQLite driver has one connection, so two transactions at
 * once would end up in each other; there they wait in line. On MySQL and MariaDB they run side by side.
 */
@Injectable()
export class UnitOfWork {
  private last: Promise<unknown> = Promise.resolve();
  private lastWriter: Promise<unknown> | undefined;
  private committedAt = -Infinity;
  private turns = 0;
  private readonly retries: Retries;
  private readonly groupCommit: GroupCommit;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    registry: MetricsRegistry = new MetricsRegistry(),
  ) {
    this.groupCommit = new GroupCommit(dataSource, (work) => this.run(work));
    this.retries = new Retries(registry);
  }

  /**
   * Runs `work` in a transaction and commits it.
   *
   * A deadlock, a lock timeout and a violated key roll back and run `work` again from its start: it then reads
   * what the winner has committed. So `work` must do nothing but talk to the database, through `manager` alone, and
   * must not call `run`. What it gives to `rows` is inserted when it is done.
   *
   * @throws DatabaseUnavailable when locks stand in the way for four seconds
   * @throws the database's own error when a key is violated again and again
   */
  run<T>(work: Work<T>): Promise<T> {
    const deadline = deadlineFromNow();
    return this.inLine(() =>
      this.retries.until(this.extended(deadline), () =>
        this.committed((manager, rows) => {
          this.lockFirst();
          return work(manager, rows);
        }),
      ),
    );
  }

  /**
   * Inserts the rows that `work` gives to `rows`, in one transaction with those of others who come at the same time:
   * for what depends on nothing that it would have to read under a lock.
   *
   * @throws DatabaseUnavailable and the database's own errors, as `run`
   */
  async add<T>(work: (rows: RowWriter) => Promise<T>): Promise<T> {
    const rows = new NewRows();
    const actions: (() => void)[] = [];
    onCommit.set(rows, actions);
    const result = await work(rows);
    await this.groupCommit.insert(rows);
    for (const action of actions) action();
    return result;
  }

  /**
   * Reads what is committed, and what belongs together as it was at one time. On SQLite it does not wait for another
   * process that is writing.
   *
   * @param work must not change anything, and must not call `run` or `read`
   * @throws DatabaseUnavailable when the database is busy for four seconds
   */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.retries.until(deadlineFromNow(), () =>
      this.isMysql ? this.dataSource.transaction('REPEATABLE READ', work) : this.inTransaction(work),
    );
  }

  /**
   * While another process has SQLite's lock, each attempt to take it holds up the whole process: so one at a time tries,
   * and the others wait behind it. Who only reads passes by.
   */
  private inLine<T>(write: () => Promise<T>): Promise<T> {
    if (this.isMysql) return write();
    const turn = this.lastWriter ? this.lastWriter.then(write) : write();
    const over = turn
      .catch(() => undefined)
      .then(() => {
        if (this.lastWriter === over) this.lastWriter = undefined;
      });
    this.lastWriter = over;
    return turn;
  }

  /** Of those who wait in line, nobody gives up while the line moves. */
  private extended(deadline: number): number {
    return this.isMysql ? deadline : Math.max(deadline, this.committedAt + TRIED_MS);
  }

  private async committed<T>(work: Work<T>): Promise<T> {
    const actions: (() => void)[] = [];
    const result = await this.inTransaction(async (manager) => {
      const rows = new NewRows();
      onCommit.set(manager, actions);
      onCommit.set(rows, actions);
      const worked = await work(manager, rows);
      await rows.insertBy(manager);
      return worked;
    });
    this.committedAt = performance.now();
    for (const action of actions) action();
    return result;
  }

  private inTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.isMysql) return this.dataSource.transaction(work);
    const turn = this.last.then(() => this.dataSource.transaction(work));
    this.last = turn.catch(() => undefined).then(() => this.pause());
    return turn;
  }

  /** SQLite answers at once: without a pause, nothing else would be done until nobody waits in line any more. */
  private async pause(): Promise<void> {
    if (++this.turns % TURNS_AT_ONCE === 0) await everythingElse();
  }

  private get isMysql(): boolean {
    return this.dataSource.options.type === 'mysql';
  }

  /**
   * Takes SQLite's write lock at once: later it is refused when others have written since the first read.
   *
   * Not as a prepared statement: one that is refused stays open, and with it the connection's view of the database
   * from before the others wrote, for which the lock would be refused for ever after.
   */
  private lockFirst(): void {
    if (this.isMysql) return;
    const { databaseConnection } = this.dataSource.driver as unknown as SqliteDriver;
    databaseConnection.exec('UPDATE migrations SET id = id WHERE FALSE');
  }
}
