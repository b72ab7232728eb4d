import { Logger } from '@nestjs/common';
import { type Command } from 'commander';
import { readDatabaseConfig } from '../../config/database.config.js';
import { connect } from '../../database/connect.js';
import { dataSourceOptions } from '../../database/data-source-options.js';
import { migrate } from '../../database/migrate.js';
import { jsonCommand, print } from '../service-command.js';

export function addMigrate(root: Command): void {
  jsonCommand(
    root
      .command('migrate')
      .summary('run the pending migrations')
      .description(
        'Runs the pending migrations, also with MIGRATIONS_RUN=false; of several that do so at once, one does and the ' +
          'others wait. Reads DATABASE_URL and no other setting of the service.',
      ),
    ({ options }) => run(options.json === true),
  );
}

async function run(json: boolean): Promise<void> {
  // stdout is the result.
  Logger.overrideLogger(false);
  const dataSource = await connect(dataSourceOptions(readDatabaseConfig()));
  try {
    const applied = await migrate(dataSource);
    const lines = applied.map((name) => `applied ${name}`);
    print(json ? JSON.stringify({ applied }) : lines.join('\n') || 'No migration is pending');
  } finally {
    await dataSource.destroy();
  }
}
