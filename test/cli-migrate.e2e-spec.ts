import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrations } from '../src/database/migrations/migrations.js';
import { TestCommandLine } from './support/command-line.js';

const names = migrations.map(({ name }) => name);
let cli: TestCommandLine;

beforeEach(async () => (cli = await TestCommandLine.create({ MIGRATIONS_RUN: 'false' })));
afterEach(() => cli.close());

async function appliedMigrations(): Promise<string[]> {
  const dataSource = await connect(dataSourceOptions({ url: cli.environment.DATABASE_URL!, poolSize: 1 }));
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id');
  await dataSource.destroy();
  return rows.map(({ name }) => name);
}

describe('npm run cli -- migrate', () => {
  it('runs what is pending, names it, and has nothing to do after that', async () => {
    expect(await cli.run(['migrate'])).toEqual({
      code: 0,
      stdout: names.map((name) => `applied ${name}\n`).join(''),
      stderr: '',
    });
    expect(await appliedMigrations()).toEqual(names);
    expect(await cli.run(['migrate'])).toEqual({
      code: 0,
      stdout: 'No migration is pending\n',
      stderr: '',
    });
    expect(await cli.run(['applications', 'list'])).toMatchObject({ code: 0 });
  });

  it('needs no setting but DATABASE_URL, in production either', async () => {
    const variables = { NODE_ENV: 'production', ENCRYPTION_KEY: undefined };
    const { code, stdout } = await cli.run(['migrate', '--json'], variables);
    expect([code, JSON.parse(stdout)]).toEqual([0, { applied: names }]);
  });

  it('is done once, however many do it at once', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => cli.run(['migrate', '--json'])));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    const applied = runs.map(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied);
    expect(applied.sort((one, other) => other.length - one.length)).toEqual([names, [], []]);
    expect(await appliedMigrations()).toEqual(names);
  });

  it('says what is wrong with the setting', async () => {
    expect(await cli.run(['migrate'], { DATABASE_URL: 'postgres://127.0.0.1/ciam' })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Wrong configuration:\n  DATABASE_URL: must be sqlite:PATH or mysql://user:password@host:port/name\n',
    });
  });
});
