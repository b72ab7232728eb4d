import { type DataSource, type Logger } from 'typeorm';

export interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** What a service sends to its database while `work` is done, in order. */
export async function statementsOf(dataSource: DataSource, work: () => Promise<void>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const silent = () => undefined;
  const logger: Logger = {
    logQuery: (sql, parameters = []) => void statements.push({ sql, parameters: parameters as unknown[] }),
    logQueryError: silent,
    logQuerySlow: silent,
    logSchemaBuild: silent,
    logMigration: silent,
    log: silent,
  };
  const before = dataSource.logger;
  dataSource.logger = logger;
  try {
    await work();
  } finally {
    dataSource.logger = before;
  }
  return statements;
}
