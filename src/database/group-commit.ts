import { type DataSource, type EntityManager } from 'typeorm';
import { isTransient, isUnreachable } from './database-errors.js';
import { NewRows } from './new-rows.js';
import { SharedRoundTrips } from './round-trips.js';

/** Whoever comes while one commit is under way goes with the next. */
const COMMITS_AT_ONCE = 1;

type Transact = (work: (manager: EntityManager) => Promise<void>) => Promise<void>;

/**
 * Inserts the rows of several requests in one transaction. Each waits for its commit; what stands in the way of one is
 * in nobody else's.
 */
export class GroupCommit {
  private readonly trips = new SharedRoundTrips<NewRows, undefined>(
    (group) => this.commit(group),
    COMMITS_AT_ONCE,
  );

  /** @param transact runs a unit of work */
  constructor(
    private readonly dataSource: DataSource,
    private readonly transact: Transact,
  ) {}

  /** @throws what a unit of work that inserts them would throw */
  async insert(rows: NewRows): Promise<void> {
    await this.trips.ask(rows);
  }

  private async commit(group: readonly NewRows[]): Promise<(Error | undefined)[]> {
    const rows = NewRows.together(group);
    try {
      await (this.dataSource.options.type === 'mysql' ? this.inOneMessage(rows) : this.inUnitOfWork(rows));
      return group.map(() => undefined);
    } catch (error) {
      // It may have been committed: nobody can be told that it was not.
      if (isUnreachable(error) && !isTransient(error)) throw error;
      return Promise.all(group.map((each) => this.inUnitOfWork(each).catch((failure: Error) => failure)));
    }
  }

  private async inUnitOfWork(rows: NewRows): Promise<undefined> {
    await this.transact((manager) => rows.insertBy(manager));
  }

  /** A single statement is a transaction by itself; MySQL takes several together. */
  private async inOneMessage(rows: NewRows): Promise<void> {
    const statements = rows.statements(this.dataSource);
    const texts = statements.map(({ sql }) => sql);
    const sql = texts.length === 1 ? texts[0]! : ['START TRANSACTION', ...texts, 'COMMIT'].join('; ');
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query(
        sql,
        statements.flatMap(({ parameters }) => parameters),
      );
    } catch (error) {
      // What was not answered in time has lost its connection; on any other, nothing must be left open.
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }
}
