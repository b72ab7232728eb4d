import { TableColumn, type QueryRunner, type TableColumnOptions } from 'typeorm';

/** Column definitions that mean the same on every database. */
export function columns(queryRunner: QueryRunner) {
  const isMysql = queryRunner.connection.options.type !== 'better-sqlite3';
  // Identifiers are compared byte by byte. SQLite always does; MySQL has to be told.
  const binary = isMysql ? { charset: 'utf8mb4', collation: 'utf8mb4_bin' } : {};
  const column = (name: string, options: Omit<TableColumnOptions, 'name'>) =>
    new TableColumn({ name, isNullable: false, ...options });
  type Options = Partial<TableColumnOptions>;
  return {
    string: (name: string, length: number, options: Options = {}) =>
      column(name, { type: 'varchar', length: String(length), ...binary, ...options }),
    text: (name: string, options: Options = {}) => column(name, { type: 'text', ...binary, ...options }),
    integer: (name: string, options: Options = {}) =>
      column(name, { type: isMysql ? 'int' : 'integer', ...options }),
    boolean: (name: string) => column(name, { type: isMysql ? 'tinyint' : 'boolean' }),
    timestamp: (name: string, options: Options = {}) => column(name, { type: 'bigint', ...options }),
  };
}
