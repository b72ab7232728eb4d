import { type DataSource } from 'typeorm';
import { findings, type Finding } from './finding.js';

const { ok, warning, problem } = findings('migrations');

/** Looks which migrations have been applied; runs none, and makes no table to remember them. */
export async function checkMigrations(
  dataSource: DataSource,
): Promise<{ readonly areApplied: boolean; readonly found: readonly Finding[] }> {
  const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const applied = await appliedTo(dataSource);
  const pending = known.filter((name) => !applied.includes(name));
  if (pending.length > 0) {
    const advice = 'run npm run migration:run, or start the service with MIGRATIONS_RUN=true';
    const counts = `${known.length - pending.length} applied, ${pending.length} pending`;
    return { areApplied: false, found: [problem(`${counts} (${pending.join(', ')}): ${advice}`)] };
  }
  const unknown = applied.filter((name) => !known.includes(name));
  const newer = `the database is of a newer release than this one (${unknown.join(', ')})`;
  const all = `${known.length} applied, none pending`;
  return { areApplied: true, found: [unknown.length > 0 ? warning(`${all}; ${newer}`) : ok(all)] };
}

/** None when there is no table of them. */
async function appliedTo(dataSource: DataSource): Promise<string[]> {
  const { migrationsTableName = 'migrations' } = dataSource.options;
  const runner = dataSource.createQueryRunner();
  try {
    if (!(await runner.hasTable(migrationsTableName))) return [];
    const rows = (await runner.query(`SELECT name FROM ${migrationsTableName}`)) as { name: string }[];
    return rows.map(({ name }) => name);
  } finally {
    await runner.release();
  }
}
