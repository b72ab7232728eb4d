import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { runCommand, type CommandResult } from './support/spawned-command.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const YAML = `
applications:
  - client_id: app
    type: web
    client_secret_env: WEB_SECRET
auth_sources:
  - id: source
    type: wechat_mini_program
    app_id: wx0000000000000001
    applications: [app]
`;

describe('npm run cli', () => {
  let folder: string;
  let database: TestDatabase;
  let environment: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-cli-'));
    database = await createTestDatabase({ shared: true });
    environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      WEB_SECRET: 'MarkedSecret',
    };
    await writeFile(join(folder, 'provision.yaml'), YAML);
    await writeFile(join(folder, 'other.yaml'), 'applications: [{ client_id: other, type: spa }]\n');
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  function cli(args: string[], variables: Record<string, string> = environment): Promise<CommandResult> {
    return runCommand(process.execPath, [MAIN, ...args], folder, variables);
  }

  async function clientIds(): Promise<string[]> {
    const dataSource = await connect(dataSourceOptions({ url: database.url, poolSize: 1 }));
    const sql = 'SELECT client_id FROM applications ORDER BY client_id';
    const found = await dataSource.query<{ client_id: string }[]>(sql);
    await dataSource.destroy();
    return found.map(({ client_id }) => client_id);
  }

  describe('provision FILE', () => {
    it('prints what it created', async () => {
      expect(await cli(['provision', 'provision.yaml'])).toEqual({
        code: 0,
        stdout: 'application app created\nauth source source created\n',
        stderr: '',
      });
    });

    it('says so when there is nothing to change', async () => {
      expect(await cli(['provision', 'provision.yaml'])).toEqual({
        code: 0,
        stdout: 'nothing to change\n',
        stderr: '',
      });
    });

    it('prints the fields that it changed, and applies no PROVISION_FILE', async () => {
      await writeFile(
        join(folder, 'changed.yaml'),
        YAML.replace('type: web', 'type: web\n    scopes: [a, b]'),
      );
      const variables = { ...environment, WEB_SECRET: 'MarkedOtherSecret', PROVISION_FILE: 'other.yaml' };
      expect(await cli(['provision', 'changed.yaml'], variables)).toEqual({
        code: 0,
        stdout: 'application app updated: client_secret, scopes\n',
        stderr: '',
      });
      expect(await clientIds()).toEqual(['app']);
    });

    it('reads .env in the working directory, under what the environment says', async () => {
      const { DATABASE_URL, ...others } = environment;
      const lines = Object.entries({ ...others, WEB_SECRET: 'MarkedOtherSecret', DATABASE_URL: 'nonsense' });
      await writeFile(join(folder, '.env'), lines.map(([name, value]) => `${name}=${value}\n`).join(''));
      const result = await cli(['provision', 'changed.yaml'], { DATABASE_URL: DATABASE_URL! });
      await rm(join(folder, '.env'));
      expect(result).toEqual({ code: 0, stdout: 'nothing to change\n', stderr: '' });
    });

    it('ends with 1 and line and reason when the file is wrong', async () => {
      await writeFile(
        join(folder, 'wrong.yaml'),
        YAML.replace('[app]', '[nobody]').replace('id: app', 'id: new'),
      );
      expect(await cli(['provision', 'wrong.yaml'])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'Wrong provisioning file:\n  wrong.yaml:10: auth_sources.0.applications: unknown application nobody\n',
      });
      expect(await clientIds()).toEqual(['app']);
    });

    it('ends with 1 and a message when there is no such file', async () => {
      expect(await cli(['provision', 'missing.yaml'])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'The provisioning file missing.yaml cannot be read: there is no such file\n',
      });
    });

    it('ends with 1 and names every wrong variable when the configuration is wrong', async () => {
      const variables = { ...environment, PORT: 'http', ADMIN_TOKEN: 'MarkedSecret' };
      expect(await cli(['provision', 'provision.yaml'], variables)).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'Wrong configuration:\n' +
          '  PORT: must be a whole number from 0 to 65535\n' +
          '  ADMIN_TOKEN: must be 32 to 1024 printable characters\n',
      });
    });
  });

  it('rotates the signing keys, and says from when a key signs that is not known to everybody yet', async () => {
    const kid = '[0-9a-f-]{36}';
    const first = await cli(['rotate-signing-keys'], {});
    expect(first).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    expect(first.stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^RS256: ${kid} signs in the place of ${kid}$`)),
      expect.stringMatching(new RegExp(`^ES256: ${kid} signs in the place of ${kid}$`)),
      '',
    ]);
    const second = await cli(['rotate-signing-keys'], {});
    expect(second.stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^RS256: ${kid} will sign from 2\\S+Z, when everybody knows it$`)),
      expect.stringMatching(new RegExp(`^ES256: ${kid} will sign from 2\\S+Z, when everybody knows it$`)),
      '',
    ]);
  });

  it('ends with 0 and says what there is when it is asked for help', async () => {
    const { code, stdout, stderr } = await cli(['--help'], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: npm run cli -- \[options\] \[command\]\n/);
    expect(stdout).toMatch(/^ {2}provision <file> +apply a provisioning file$/m);
    expect(stdout).toMatch(/^ {2}rotate-signing-keys +replace the keys that sign tokens$/m);
    const help = await cli(['provision', '--help'], {});
    expect({ ...help, stdout: help.stdout.split('\n')[0] }).toEqual({
      code: 0,
      stdout: 'Usage: npm run cli -- provision [options] <file>',
      stderr: '',
    });
  });

  it.each([
    ['an unknown command', ['provisoin', 'provision.yaml'], /^error: unknown command 'provisoin'/],
    ['an unknown option', ['provision', '--force', 'provision.yaml'], /^error: unknown option '--force'/],
    ['a missing argument', ['provision'], /^error: missing required argument 'file'/],
    ['an argument too many', ['provision', 'a.yaml', 'b.yaml'], /^error: too many arguments/],
    ['no command', [], /^Usage: /],
  ])('ends with 2 and says how it is used for %s', async (_mistake, args, message) => {
    const { code, stdout, stderr } = await cli(args, {});
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^Usage: npm run cli -- /m);
  });
});
