import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions, type DatabaseLocation } from './data-source-options.js';

/**
 * TypeORM's options for comparing a database's schema with the entities.
 *
 * MariaDB describes its columns in other words than MySQL, and TypeORM has to be told which of the two it reads: so the
 * server is asked.
 */
export async function schemaOptions(location: DatabaseLocation): Promise<DataSourceOptions> {
  const options = dataSourceOptions(location);
  if (options.type !== 'mysql') return options;
  const server = await new DataSource(options).initialize();
  try {
    const [{ version }] = await server.query<[{ version: string }]>('SELECT VERSION() AS version');
    return version.includes('MariaDB') ? { ...options, type: 'mariadb' } : options;
  } finally {
    await server.destroy();
  }
}
