import { type QueryRunner, type TableIndex } from 'typeorm';

/** Whether a table has an index of that name: then the step that creates it has been done. */
export async function hasIndex(queryRunner: QueryRunner, table: string, index: TableIndex): Promise<boolean> {
  const { indices } = (await queryRunner.getTable(table))!;
  return indices.some(({ name }) => name === index.name);
}
