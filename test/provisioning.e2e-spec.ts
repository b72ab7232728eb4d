import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationsService } from '../src/applications/applications.service.js';
import { AppSecrets } from '../src/auth-sources/app-secrets.js';
import { AuthSourcesService } from '../src/auth-sources/auth-sources.service.js';
import { verifyClientSecret } from '../src/applications/client-secret.js';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { ProvisioningRefused } from '../src/provisioning/provisioning-document.js';
import { type ProvisioningChange } from '../src/provisioning/provisioning-change.js';
import { ProvisioningService } from '../src/provisioning/provisioning.service.js';
import { AUTH_SOURCE_ID, CLIENT_ID, JSCODE_GRANT } from '../src/testing/factories.js';
import { ServiceProcess } from './support/service-process.js';
import { startService, type RunningService } from './support/service.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const EXAMPLE = fileURLToPath(new URL('../provision.example.yaml', import.meta.url));
const TABLES = ['applications', 'auth_sources', 'auth_source_applications', 'audit_events'];

const secrets = {
  WECHAT_APP_SECRET: 'MarkedAppSecret',
  WEB_SECRET: 'MarkedClientSecret',
  SAMPLE_SECRET: 'sample-MarkedSecret',
  MULTILINE_SECRET: 'Marked\nSecret',
  EMPTY_SECRET: '',
};

let folder: string;
let file: string;
let service: RunningService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nest-ciam-provisioning-'));
  file = join(folder, 'provision.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

async function apply(yaml: string): Promise<ProvisioningChange[]> {
  await writeFile(file, yaml);
  return service.app.get(ProvisioningService).apply(file, 'test');
}

/** What the refusal says, without its title and the path of the file. */
async function refusalOf(yaml: string): Promise<string[]> {
  const refused: unknown = await apply(yaml).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProvisioningRefused);
  const { message } = refused as ProvisioningRefused;
  const [title, ...lines] = message.split('\n');
  expect(title).toBe('Wrong provisioning file:');
  return lines.map((line) => line.replace(`  ${file}`, ''));
}

/** Every row that provisioning may write. */
function rows(): Promise<unknown[]> {
  return Promise.all(TABLES.map((table) => service.dataSource.query(`SELECT * FROM ${table} ORDER BY 1, 2`)));
}

async function auditEvents(): Promise<unknown[]> {
  const sql = 'SELECT type, client_id, auth_source_id, detail FROM audit_events ORDER BY id';
  const events = await service.dataSource.query<{ detail: string }[]>(sql);
  return events.map((event) => ({ ...event, detail: JSON.parse(event.detail) }));
}

describe('the sample provisioning file', () => {
  beforeAll(async () => {
    service = await startService({ ...secrets, PROVISION_FILE: EXAMPLE });
  });
  afterAll(() => service.close());

  it('is applied at boot', async () => {
    const application = await service.app.get(ApplicationsService).find(CLIENT_ID);
    expect(application).toEqual({
      clientId: CLIENT_ID,
      name: 'Sample mini program',
      type: 'mini_program',
      enabled: true,
      clientSecretHash: null,
      grantTypes: [JSCODE_GRANT, 'refresh_token'],
      scopes: ['openid', 'profile', 'phone'],
      accessTokenTtl: 300,
      idTokenTtl: 1800,
      refreshTokenTtl: 86_400,
      refreshTokenMaxTtl: 2_592_000,
      refreshReuseInterval: 30,
      signingAlg: 'RS256',
      tokenProfile: 'ciam',
      idTokenClaims: ['nickname', 'phone_number'],
      corsOrigins: [],
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    const authSources = service.app.get(AuthSourcesService);
    const source = (await authSources.find(AUTH_SOURCE_ID))!;
    expect(source).toEqual({
      id: AUTH_SOURCE_ID,
      type: 'wechat_mini_program',
      name: 'Sample WeChat',
      enabled: true,
      appId: 'wx4f4bc4dec97d474b',
      appSecretSealed: expect.stringMatching(/^v1\./),
      openPlatformAccount: 'default',
      attributeMapping: [
        { from: 'nickName', to: 'nickname', update: 'always' },
        { from: 'avatarUrl', to: 'picture', update: 'if_empty' },
        { from: 'gender', to: 'gender', update: 'always' },
        { from: 'language', to: 'locale', update: 'on_create' },
        { from: 'phoneNumber', to: 'phone_number', update: 'always' },
      ],
      linkedApplications: [{ authSourceId: AUTH_SOURCE_ID, clientId: CLIENT_ID }],
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    expect(service.app.get(AppSecrets).open(source)).toBe('MarkedAppSecret');
  });

  it('is recorded for the audit with what the fields are now, but for the secrets', async () => {
    const application = {
      client_id: CLIENT_ID,
      name: 'Sample mini program',
      type: 'mini_program',
      enabled: true,
      grant_types: ['http://tencentciam.com/oauth2/grant-type/social/wechat/jscode', 'refresh_token'],
      scopes: ['openid', 'profile', 'phone'],
      access_token_ttl: 300,
      id_token_ttl: 1800,
      refresh_token_ttl: 86400,
      refresh_token_max_ttl: 2592000,
      refresh_reuse_interval: 30,
      signing_alg: 'RS256',
      token_profile: 'ciam',
      id_token_claims: ['nickname', 'phone_number'],
      cors_origins: [],
    };
    const authSource = {
      id: AUTH_SOURCE_ID,
      type: 'wechat_mini_program',
      name: 'Sample WeChat',
      enabled: true,
      app_id: 'wx4f4bc4dec97d474b',
      open_platform_account: 'default',
      applications: [CLIENT_ID],
      attribute_mapping: [
        { from: 'nickName', to: 'nickname', update: 'always' },
        { from: 'avatarUrl', to: 'picture', update: 'if_empty' },
        { from: 'gender', to: 'gender', update: 'always' },
        { from: 'language', to: 'locale', update: 'on_create' },
        { from: 'phoneNumber', to: 'phone_number', update: 'always' },
      ],
    };
    const created = { action: 'created', by: 'PROVISION_FILE', before: {} };
    expect(await auditEvents()).toEqual([
      {
        type: 'admin_changed',
        client_id: CLIENT_ID,
        auth_source_id: null,
        detail: {
          ...created,
          resource: 'application',
          id: CLIENT_ID,
          fields: Object.keys(application),
          after: application,
        },
      },
      {
        type: 'admin_changed',
        client_id: null,
        auth_source_id: AUTH_SOURCE_ID,
        detail: {
          ...created,
          resource: 'auth_source',
          id: AUTH_SOURCE_ID,
          fields: [...Object.keys(authSource), 'app_secret'],
          after: authSource,
        },
      },
    ]);
  });

  it('changes nothing when it is applied again', async () => {
    const before = await rows();
    const provisioning = service.app.get(ProvisioningService);
    expect(await provisioning.apply(EXAMPLE, 'test')).toEqual([]);
    expect(await rows()).toEqual(before);
  });

  it('names every field that there is', async () => {
    const text = await readFile(EXAMPLE, 'utf8');
    const named = [...text.matchAll(/^ {2}(?:- |# | {2})([a-z_]+):/gm)].map(([, field]) => field);
    expect(named.sort()).toEqual(
      [
        ...[
          'client_id',
          'name',
          'type',
          'enabled',
          'grant_types',
          'scopes',
          'access_token_ttl',
          'id_token_ttl',
        ],
        ...[
          'refresh_token_ttl',
          'refresh_token_max_ttl',
          'refresh_reuse_interval',
          'signing_alg',
          'token_profile',
        ],
        ...[
          'id_token_claims',
          'cors_origins',
          'id',
          'type',
          'name',
          'enabled',
          'app_id',
          'app_secret_env',
          'open_platform_account',
        ],
        ...['applications', 'attribute_mapping'],
      ].sort(),
    );
    expect(text).toContain('# client_secret_env: WEB_SECRET');
  });
});

describe('applying a provisioning file', () => {
  beforeAll(async () => {
    service = await startService(secrets);
    await apply(`
applications:
  - client_id: app
    name: Before
    type: mini_program
    grant_types: [${JSCODE_GRANT}, refresh_token]
    scopes: [openid, profile]
    access_token_ttl: 60
    refresh_token_ttl: 600
    refresh_token_max_ttl: 1200
  - client_id: web
    type: web
    client_secret_env: WEB_SECRET
auth_sources:
  - id: source
    type: wechat_mini_program
    app_id: wx0000000000000001
    app_secret_env: WECHAT_APP_SECRET
    applications: [app, web]
    attribute_mapping: [{ from: nickName, to: nickname }]
`);
  });
  afterAll(() => service.close());

  const application = (clientId: string) => service.app.get(ApplicationsService).find(clientId);
  const authSource = (id: string) => service.app.get(AuthSourcesService).find(id);

  it('gives what it leaves out of a new entry its default', async () => {
    expect(await application('web')).toMatchObject({
      name: 'web',
      enabled: true,
      grantTypes: [],
      scopes: ['openid'],
      accessTokenTtl: 300,
      idTokenTtl: 1800,
      refreshTokenTtl: 0,
      refreshTokenMaxTtl: 2_592_000,
      refreshReuseInterval: 30,
      signingAlg: 'RS256',
      tokenProfile: 'ciam',
      idTokenClaims: [],
      corsOrigins: [],
    });
    expect(await authSource('source')).toMatchObject({
      name: 'source',
      enabled: true,
      openPlatformAccount: 'default',
    });
  });

  it('writes the fields that are there and leaves the others and the other entries as they are', async () => {
    const [before, web, source] = [
      await application('app'),
      await application('web'),
      await authSource('source'),
    ];
    expect(await apply('applications:\n  - { client_id: app, name: After, access_token_ttl: 60 }\n')).toEqual(
      [{ resource: 'application', id: 'app', action: 'updated', fields: ['name'] }],
    );
    expect(await application('app')).toEqual({ ...before, name: 'After', updatedAt: expect.any(Date) });
    expect([await application('web'), await authSource('source')]).toEqual([web, source]);
  });

  it('does nothing with lists that are empty', async () => {
    const before = await rows();
    expect(await apply('applications:\n  # none yet\nauth_sources: []\n')).toEqual([]);
    expect(await rows()).toEqual(before);
  });

  it('links the applications that are named and no others', async () => {
    const change = { resource: 'auth_source', id: 'source', action: 'updated', fields: ['applications'] };
    expect(await apply('auth_sources: [{ id: source, applications: [app] }]')).toEqual([change]);
    expect((await authSource('source'))!.linkedApplications).toEqual([
      { authSourceId: 'source', clientId: 'app' },
    ]);
    expect(await apply('auth_sources: [{ id: source, applications: [] }]')).toEqual([change]);
    expect((await authSource('source'))!.linkedApplications).toEqual([]);
  });

  it('writes a secret only when it is another', async () => {
    const yaml = `
applications: [{ client_id: web, client_secret: MarkedClientSecret }]
auth_sources: [{ id: source, app_secret: MarkedAppSecret }]
`;
    expect(await apply(yaml)).toEqual([]);
    expect(await apply(yaml.replace('MarkedApp', 'MarkedOtherApp'))).toEqual([
      { resource: 'auth_source', id: 'source', action: 'updated', fields: ['app_secret'] },
    ]);
    expect(await apply(yaml.replace('MarkedClient', 'MarkedOtherClient'))).toEqual([
      { resource: 'application', id: 'web', action: 'updated', fields: ['client_secret'] },
      { resource: 'auth_source', id: 'source', action: 'updated', fields: ['app_secret'] },
    ]);
    const { clientSecretHash } = (await application('web'))!;
    expect(await verifyClientSecret('MarkedOtherClientSecret', clientSecretHash!)).toBe(true);
  });

  it('tells ids apart that differ only in case', async () => {
    await apply('applications: [{ client_id: cased, type: spa }, { client_id: CASED, type: web }]');
    expect([(await application('cased'))!.type, (await application('CASED'))!.type]).toEqual(['spa', 'web']);
  });

  it('stores no secret in clear', async () => {
    const text = JSON.stringify(await rows());
    expect(text).toContain('scrypt$');
    expect(text).toContain('v1.');
    expect(text).not.toContain('Marked');
  });

  const mini = (fields: string) =>
    `applications:\n  - client_id: new\n    type: mini_program\n    ${fields}\n`;
  const source = (fields: string) => `auth_sources:\n  - id: source\n    ${fields}\n`;

  it.each([
    ['an unknown field', mini('scope: [openid]'), [':4: applications.0.scope: unknown field']],
    ['a wrong type', mini('enabled: "true"'), [':4: applications.0.enabled: must be a boolean value']],
    ['no YAML', 'applications: [', [expect.stringMatching(/^:1: /)]],
    [
      'an unknown application',
      source('applications: [app, nobody, none]'),
      [':3: auth_sources.0.applications: unknown application nobody, none'],
    ],
    [
      'refresh_token_ttl above refresh_token_max_ttl',
      mini('refresh_token_ttl: 20\n    refresh_token_max_ttl: 10'),
      [':4: applications.0.refresh_token_ttl: must not be greater than refresh_token_max_ttl'],
    ],
    [
      'refresh_token_ttl above the refresh_token_max_ttl of the database',
      'applications:\n  - client_id: app\n    refresh_token_ttl: 1201\n',
      [':3: applications.0.refresh_token_ttl: must not be greater than refresh_token_max_ttl'],
    ],
    [
      'refresh_token_max_ttl below the refresh_token_ttl of the database',
      'applications:\n  - client_id: app\n    refresh_token_max_ttl: 599\n',
      [':2: applications.0.refresh_token_ttl: must not be greater than refresh_token_max_ttl'],
    ],
    [
      'refresh_token_ttl above the default refresh_token_max_ttl',
      mini('refresh_token_ttl: 2592001'),
      [':4: applications.0.refresh_token_ttl: must not be greater than refresh_token_max_ttl'],
    ],
    [
      'a client_id twice',
      `${mini('name: One')}  - client_id: new\n    type: spa\n`,
      [':5: applications.1.client_id: new is there already'],
    ],
    [
      'an id twice',
      `${source('name: One')}  - id: source\n`,
      [':4: auth_sources.1.id: source is there already'],
    ],
    [
      'a secret for a public type',
      mini('client_secret: MarkedSecret'),
      [
        ':4: applications.0.client_secret: an application of type mini_program is public and cannot keep a secret',
      ],
    ],
    [
      'a secret by variable for a public type',
      mini('client_secret_env: WEB_SECRET'),
      [
        ':4: applications.0.client_secret: an application of type mini_program is public and cannot keep a secret',
      ],
    ],
    [
      'a variable that is not set',
      source('app_secret_env: NOWHERE'),
      [':3: auth_sources.0.app_secret_env: the environment variable NOWHERE is not set'],
    ],
    [
      'a variable that is empty',
      source('app_secret_env: EMPTY_SECRET'),
      [':3: auth_sources.0.app_secret_env: the environment variable EMPTY_SECRET is not set'],
    ],
    [
      'a variable whose value is no secret',
      source('app_secret_env: MULTILINE_SECRET'),
      [':3: auth_sources.0.app_secret: must be 1 to 512 printable ASCII characters'],
    ],
    [
      'a secret and its variable',
      source('app_secret: MarkedSecret\n    app_secret_env: WECHAT_APP_SECRET'),
      [':4: auth_sources.0.app_secret_env: give the secret or its variable, not both'],
    ],
    [
      'what is no name of a variable',
      source('app_secret_env: $WECHAT_APP_SECRET'),
      [':3: auth_sources.0.app_secret_env: must be the name of an environment variable'],
    ],
    [
      'the jscode grant for another type than mini_program',
      `applications:\n  - client_id: new\n    type: web\n    grant_types:\n      - ${JSCODE_GRANT}\n`,
      [`:4: applications.0.grant_types: ${JSCODE_GRANT} is not for applications of type web`],
    ],
    [
      'client_credentials for a public type',
      mini('grant_types: [client_credentials]'),
      [':4: applications.0.grant_types: client_credentials is not for applications of type mini_program'],
    ],
    [
      'an unknown grant type',
      mini('grant_types: [authorization_code]'),
      [':4: applications.0.grant_types: unknown grant type authorization_code'],
    ],
    [
      'an application without type',
      'applications:\n  - client_id: new\n',
      [':2: applications.0.type: is required'],
    ],
    [
      'another type for an application',
      'applications:\n  - client_id: app\n    type: spa\n',
      [':3: applications.0.type: cannot be changed from mini_program'],
    ],
    [
      'an auth source without type and app_id',
      'auth_sources:\n  - id: new\n',
      [':2: auth_sources.0.type: is required', ':2: auth_sources.0.app_id: is required'],
    ],
    [
      'two mapping rows for one target',
      source('attribute_mapping:\n      - { from: nickName, to: name }\n      - { from: city, to: name }'),
      [':3: auth_sources.0.attribute_mapping: must not have two rows for one target'],
    ],
    [
      'an unknown mapping source',
      source('attribute_mapping:\n      - { from: nickname, to: name }'),
      [
        expect.stringMatching(
          /^:4: auth_sources\.0\.attribute_mapping\.0\.from: must be one of .*nickName, /,
        ),
      ],
    ],
    [
      'an unknown mapping target',
      source('attribute_mapping:\n      - { from: nickName, to: custom }'),
      [
        expect.stringMatching(
          /^:4: auth_sources\.0\.attribute_mapping\.0\.to: must be one of .*custom\.NAME$/,
        ),
      ],
    ],
  ])('is refused with line and reason, and changes nothing, for %s', async (_fault, yaml, lines) => {
    const before = await rows();
    const refusal = await refusalOf(yaml);
    expect(refusal).toEqual(lines);
    expect(refusal.join('\n')).not.toContain('Marked');
    expect(await rows()).toEqual(before);
  });

  it('is refused as a whole when one entry is wrong, and says what is wrong with each', async () => {
    const before = await rows();
    const yaml = `
applications:
  - { client_id: right, type: spa }
  - { client_id: wrong, type: spa, grant_types: [nonsense] }
auth_sources:
  - { id: right, type: wechat_mini_program, app_id: wx0000000000000002, applications: [right, wrong] }
  - { id: wrong, type: wechat_mini_program, app_id: wx0000000000000003, applications: [nobody] }
`;
    expect(await refusalOf(yaml)).toEqual([
      ':4: applications.1.grant_types: unknown grant type nonsense',
      ':7: auth_sources.1.applications: unknown application nobody',
    ]);
    expect(await rows()).toEqual(before);
  });

  it('is refused when there is no such file', async () => {
    const missing = join(folder, 'missing.yaml');
    await expect(service.app.get(ProvisioningService).apply(missing, 'test')).rejects.toThrow(
      new ProvisioningRefused(`The provisioning file ${missing} cannot be read: there is no such file`),
    );
  });
});

describe('applying a provisioning file in production', () => {
  beforeAll(async () => {
    service = await startService({ ...secrets, NODE_ENV: 'production' });
  });
  afterAll(() => service.close());

  it.each([
    ['itself', 'client_secret: sample-MarkedSecret', ':4: applications.0.client_secret: '],
    ['its variable', 'client_secret_env: SAMPLE_SECRET', ':4: applications.0.client_secret_env: '],
  ])('refuses a placeholder that is given by %s', async (_how, field, beginning) => {
    const yaml = `applications:\n  - client_id: web\n    type: web\n    ${field}\n`;
    expect(await refusalOf(yaml)).toEqual([`${beginning}is a placeholder, which production refuses`]);
  });

  it('takes a secret that somebody drew', async () => {
    const yaml = 'applications: [{ client_id: web, type: web, client_secret_env: WEB_SECRET }]';
    expect(await apply(yaml)).toMatchObject([{ id: 'web', action: 'created' }]);
  });
});

describe('PROVISION_FILE', () => {
  let database: TestDatabase;
  let processes: ServiceProcess[];
  let environment: Record<string, string>;

  beforeEach(async () => {
    database = await createTestDatabase({ shared: true });
    processes = [];
    environment = {
      PORT: '0',
      ISSUER: 'https://id.test',
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      PROVISION_FILE: EXAMPLE,
      WECHAT_APP_SECRET: 'MarkedAppSecret',
    };
  });
  afterEach(async () => {
    processes.forEach((each) => each.signal('SIGKILL'));
    await Promise.all(processes.map(({ end }) => end));
    await database.drop();
  });

  function start(variables: Record<string, string> = {}): ServiceProcess {
    const started = new ServiceProcess(folder, { ...environment, ...variables });
    processes.push(started);
    return started;
  }

  it('stops the boot with exit code 1, line and reason when it is wrong', async () => {
    await writeFile(file, 'applications:\n  - client_id: app\n    type: spa\n    scope: [MarkedSecret]\n');
    const wrong = start({ PROVISION_FILE: 'provision.yaml', LOG_LEVEL: 'debug' });
    expect(await wrong.end).toEqual({ code: 1, signal: null });
    expect(wrong.stderr).toBe(
      'nest-ciam cannot start: Wrong provisioning file:\n  provision.yaml:4: applications.0.scope: unknown field\n',
    );
    expect(JSON.stringify(wrong.lines)).not.toContain('Marked');
  });

  it('logs what it changed, and no secret', async () => {
    const first = start({ LOG_LEVEL: 'debug' });
    await first.url();
    expect(first.lines.filter(({ context }) => context === 'Provisioning').map(({ msg }) => msg)).toEqual([
      `application ${CLIENT_ID} created`,
      `auth source ${AUTH_SOURCE_ID} created`,
    ]);
    expect(JSON.stringify(first.lines)).not.toContain('Marked');
  });

  it('is applied once when several processes boot at the same time', async () => {
    const urls = await Promise.all([start(), start(), start()].map((each) => each.url()));
    const answers = await Promise.all(urls.map((url) => fetch(new URL('/health/ready', url))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const lines = processes.flatMap(({ lines }) => lines.filter(({ context }) => context === 'Provisioning'));
    expect(lines.map(({ msg }) => msg).sort()).toEqual([
      `application ${CLIENT_ID} created`,
      `auth source ${AUTH_SOURCE_ID} created`,
    ]);
    const dataSource = await connect(dataSourceOptions({ url: database.url, poolSize: 1 }));
    const counts = await Promise.all(
      TABLES.map((table) => dataSource.query<{ n: unknown }[]>(`SELECT COUNT(*) AS n FROM ${table}`)),
    );
    await dataSource.destroy();
    expect(counts.map(([row]) => Number(row!.n))).toEqual([1, 1, 1, 2]);
  });
});
