import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs JavaScript in a process of its own, on the built service and a database.
 *
 * @param body statements that use `dataSource`, `migrate` and `unitOfWork`
 * @returns what it printed
 */
export async function onDatabaseInProcess(url: string, body: string): Promise<string> {
  const program = `
    import { DataSource } from 'typeorm';
    import { dataSourceOptions } from './dist/src/database/data-source-options.js';
    import { migrate } from './dist/src/database/migrate.js';
    import { UnitOfWork } from './dist/src/database/unit-of-work.js';
    const location = { url: ${JSON.stringify(url)}, poolSize: 4 };
    const dataSource = await new DataSource(dataSourceOptions(location)).initialize();
    const unitOfWork = new UnitOfWork(dataSource);
    ${body}
    await dataSource.destroy();
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  return stdout;
}
