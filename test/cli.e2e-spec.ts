import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { provisioningYaml, type ExportedProvisioning } from '../src/provisioning/provisioning-export.js';
import { TestCommandLine } from './support/command-line.js';
import { anApplication, anAuthSource, JSCODE_GRANT } from '../src/testing/factories.js';

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

let cli: TestCommandLine;

beforeAll(async () => {
  cli = await TestCommandLine.create({ WEB_SECRET: 'MarkedSecret' });
  await write('provision.yaml', YAML);
  await write('other.yaml', 'applications: [{ client_id: other, type: spa }]\n');
});
afterAll(() => cli.close());

function write(file: string, text: string): Promise<void> {
  return writeFile(join(cli.folder, file), text);
}

async function clientIds(): Promise<string[]> {
  const url = cli.environment.DATABASE_URL!;
  const dataSource = await connect(dataSourceOptions({ url, poolSize: 1 }));
  const sql = 'SELECT client_id FROM applications ORDER BY client_id';
  const found = await dataSource.query<{ client_id: string }[]>(sql);
  await dataSource.destroy();
  return found.map(({ client_id }) => client_id);
}

describe('npm run cli before the migrations', () => {
  it('ends with 1 and says so where it may not run them', async () => {
    expect(await cli.run(['applications', 'list'], { MIGRATIONS_RUN: 'false' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Migrations are pending: run npm run cli -- migrate first\n',
    });
  });
});

describe('npm run cli -- provision apply FILE', () => {
  it('prints what it created', async () => {
    expect(await cli.run(['provision', 'apply', 'provision.yaml'])).toEqual({
      code: 0,
      stdout: 'application app created\nauth source source created\n',
      stderr: '',
    });
  });

  it('says so when there is nothing to change', async () => {
    expect(await cli.run(['provision', 'apply', 'provision.yaml'])).toEqual({
      code: 0,
      stdout: 'nothing to change\n',
      stderr: '',
    });
  });

  it('prints the fields that it changed, and applies no PROVISION_FILE', async () => {
    await write('changed.yaml', YAML.replace('type: web', 'type: web\n    scopes: [a, b]'));
    const variables = { WEB_SECRET: 'MarkedOtherSecret', PROVISION_FILE: 'other.yaml' };
    const result = await cli.run(['provision', 'apply', 'changed.yaml', '--json'], variables);
    const changed = {
      resource: 'application',
      id: 'app',
      action: 'updated',
      fields: ['scopes', 'client_secret'],
    };
    expect(result).toEqual({ code: 0, stdout: `${JSON.stringify({ changes: [changed] })}\n`, stderr: '' });
    expect(await clientIds()).toEqual(['app']);
  });

  it('reads .env in the working directory, under what the environment says', async () => {
    const lines = Object.entries({
      ...cli.environment,
      WEB_SECRET: 'MarkedOtherSecret',
      DATABASE_URL: 'nonsense',
    });
    await write('.env', lines.map(([name, value]) => `${name}=${value}\n`).join(''));
    const unset = { WEB_SECRET: undefined, ENCRYPTION_KEY: undefined };
    const result = await cli.run(['provision', 'apply', 'changed.yaml'], unset);
    await rm(join(cli.folder, '.env'));
    expect(result).toEqual({ code: 0, stdout: 'nothing to change\n', stderr: '' });
  });

  it('ends with 2 and line and reason when the file is wrong', async () => {
    await write('wrong.yaml', YAML.replace('[app]', '[nobody]').replace('id: app', 'id: new'));
    expect(await cli.run(['provision', 'apply', 'wrong.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Wrong provisioning file:\n  wrong.yaml:10: auth_sources.0.applications: unknown application nobody\n',
    });
    expect(await clientIds()).toEqual(['app']);
  });

  it('ends with 2 and a message when there is no such file', async () => {
    expect(await cli.run(['provision', 'apply', 'missing.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'The provisioning file missing.yaml cannot be read: there is no such file\n',
    });
  });

  it('ends with 1 and names every wrong variable when the configuration is wrong', async () => {
    const variables = { PORT: 'http', ADMIN_TOKEN: 'MarkedSecret' };
    expect(await cli.run(['provision', 'apply', 'provision.yaml'], variables)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Wrong configuration:\n' +
        '  PORT: must be a whole number from 0 to 65535\n' +
        '  ADMIN_TOKEN: must be 32 to 1024 printable characters\n',
    });
  });

  it('ends with 2 and says how it is used for wrong usage', async () => {
    const { code, stdout, stderr } = await cli.run(['provision', 'provision.yaml']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: unknown command 'provision\.yaml'\n/);
    expect(stderr).toMatch(/^Usage: npm run cli -- provision /m);
  });
});

/** What YAML, or a reader of YAML 1.1, could take for something else. */
const ODD_IDS = [
  '*a',
  '&a',
  '!a',
  'yes',
  'no',
  'null',
  '~',
  '1e3',
  '0x1F',
  '012',
  '1_000',
  '1:30',
  '#x',
  ':',
  '-',
];
const MORE_ODD_IDS = [
  '- a',
  '?',
  '|',
  '>',
  '%a',
  '@a',
  '`a',
  '{',
  '[',
  ']',
  ',',
  '"',
  "'",
  '\\',
  '<<',
  '=',
  '.inf',
];
const NAMES = ['"quoted" and \'quoted\'', '微信 😀', 'a: b # c', ' lead and trail ', '\\n {{ }} %', 'null'];
const ids = [...ODD_IDS, ...MORE_ODD_IDS.filter((id) => !id.includes(' '))];

describe('npm run cli -- provision export', () => {
  const name = (index: number) => NAMES[index % NAMES.length]!;
  const rich = {
    applications: ids.map((client_id, index) =>
      anApplication({
        client_id,
        name: name(index),
        type: index % 2 ? 'web' : 'mini_program',
        enabled: index % 3 > 0,
        client_secret: index % 2 ? 'MarkedClientSecret' : undefined,
        grant_types: index % 2 ? ['refresh_token', 'client_credentials'] : [JSCODE_GRANT],
        scopes: index % 5 ? ['openid', 'yes', '1e3'] : [],
        id_token_claims: index % 4 ? [] : ['nickname', 'custom.no'],
        cors_origins: index % 2 ? ['https://*.shop.example'] : [],
        access_token_ttl: 1 + index,
      }),
    ),
    auth_sources: ids.map((id, index) =>
      anAuthSource({
        id,
        name: name(index),
        app_id: id,
        app_secret: 'MarkedAppSecret',
        open_platform_account: id,
        enabled: index % 2 > 0,
        applications: index % 3 ? ids.slice(index) : [],
        attribute_mapping: index % 2 ? [{ from: 'nickName', to: 'custom.y', update: 'if_empty' }] : [],
      }),
    ),
  };
  let exported: string;

  beforeAll(async () => {
    await write('rich.yaml', JSON.stringify(rich));
    expect((await cli.run(['provision', 'apply', 'rich.yaml'])).code).toBe(0);
  });

  it('writes down everything but secrets, and says so', async () => {
    const result = await cli.run(['provision', 'export']);
    expect(result).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    exported = result.stdout;
    expect(exported).not.toContain('Marked');
    expect(exported.split('\n').slice(0, 6)).toEqual([
      expect.stringMatching(/^# Every application and auth source, .* but the secrets/),
      expect.stringMatching(/^# /),
      expect.stringMatching(/^# /),
      '#   client_secret_env: WEB_SECRET          # in an application of type web or m2m',
      '#   app_secret_env: WECHAT_APP_SECRET      # in an auth source',
      '',
    ]);
    const { applications, auth_sources } = parse(exported) as ExportedProvisioning;
    const byId = <T extends { id?: string; client_id?: string }>(list: readonly T[]) =>
      new Map(list.map((each) => [each.client_id ?? each.id, each]));
    const undisclosed = { client_secret: undefined, app_secret: undefined };
    expect(applications).toHaveLength(ids.length + 1);
    for (const application of rich.applications) {
      expect(byId(applications).get(application.client_id)).toEqual({ ...application, ...undisclosed });
    }
    for (const source of rich.auth_sources) {
      const linked = [...source.applications!].sort();
      const expected = { ...source, ...undisclosed, applications: linked };
      expect(byId(auth_sources).get(source.id)).toEqual(expected);
    }
  });

  it('writes into a file that its owner alone may read, also over one that everybody might', async () => {
    const path = join(cli.folder, 'exported.yaml');
    await write('exported.yaml', 'x'.repeat(1_000_000));
    await chmod(path, 0o644);
    expect(await cli.run(['provision', 'export', 'exported.yaml'])).toEqual({
      code: 0,
      stdout: `${ids.length + 1} applications and ${ids.length + 1} auth sources written to exported.yaml\n`,
      stderr: '',
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(exported);
  });

  it('leaves nothing to change where it comes from, and makes the same of an empty database', async () => {
    expect((await cli.run(['provision', 'apply', 'exported.yaml'])).stdout).toBe('nothing to change\n');
    const other = await TestCommandLine.create();
    await writeFile(join(other.folder, 'exported.yaml'), exported);
    const applied = await other.run(['provision', 'apply', 'exported.yaml']);
    const { applications, auth_sources } = parse(exported) as ExportedProvisioning;
    expect([applied.code, applied.stdout.trimEnd().split('\n')]).toEqual([
      0,
      [
        ...applications.map(({ client_id }) => `application ${client_id} created`),
        ...auth_sources.map(({ id }) => `auth source ${id} created`),
      ],
    ]);
    expect(await other.json('provision', 'export')).toEqual(parse(exported));
    await other.close();
  });

  it('reads as what was written, whatever the texts are', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.record({ id: text, name: text, list: fc.array(text) })), (list) => {
        const written = { applications: list, auth_sources: [] } as unknown as ExportedProvisioning;
        expect(parse(provisioningYaml(written))).toEqual(written);
      }),
    );
  });
});
