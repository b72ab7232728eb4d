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
    import { connect } from './dist/src/database/connect.js';
    import { dataSourceOptions } from './dist/src/database/data-source-options.js';
    import { migrate } from './dist/src/database/migrate.js';
    import { UnitOfWork } from './dist/src/database/unit-of-work.js';
    const dataSource = await connect(dataSourceOptions({ url: ${JSON.stringify(url)}, poolSize: 4 }));
    const unitOfWork = new UnitOfWork(dataSource);
    ${body}
    await dataSource.destroy();
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  return stdout;
}
