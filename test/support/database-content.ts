import { type DataSource } from 'typeorm';

/** Every row of every table, by table. */
export async function databaseContent(
  dataSource: DataSource,
): Promise<Record<string, Record<string, unknown>[]>> {
  const content: Record<string, Record<string, unknown>[]> = {};
  for (const { tableName } of dataSource.entityMetadatas) {
    const rows = await dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${tableName}`);
    content[tableName] = rows.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  return content;
}
