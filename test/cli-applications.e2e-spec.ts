import {
  anApplication,
  anAuthSource,
  APP_ID,
  AUTH_SOURCE_ID,
  JSCODE_GRANT,
} from '../src/testing/factories.js';
import { OPERATOR, TestCommandLine, linesOf, valuesOf } from './support/command-line.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const SECRET = /^[A-Za-z0-9_-]{43}$/;

let cli: TestCommandLine;

beforeAll(async () => {
  cli = await TestCommandLine.create({
    WEB_SECRET: 'MarkedClientSecret',
    WECHAT_SECRET: 'MarkedAppSecret',
    SAMPLE_SECRET: 'sample-MarkedSecret',
  });
});
afterAll(() => cli.close());

/** The fields that an application has in answers, with those of its own. */
function application(overrides: object) {
  return { ...anApplication({ grant_types: [] }), created_at: TIME, updated_at: TIME, ...overrides };
}

describe('npm run cli -- applications', () => {
  it('has none at first', async () => {
    expect(await cli.run(['applications', 'list'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('creates one with what the options say', async () => {
    const created = await cli.json(
      ...['applications', 'create', 'app', '--type', 'mini_program', '--name', '小程序'],
      ...[
        '--grant-types',
        `${JSCODE_GRANT},refresh_token`,
        '--scopes',
        'openid',
        '--scopes',
        'profile,phone',
      ],
      ...['--access-token-ttl', '60', '--id-token-ttl', '61', '--refresh-token-ttl', '62'],
      ...['--refresh-token-max-ttl', '63', '--refresh-reuse-interval', '0', '--signing-alg', 'ES256'],
      ...['--token-profile', 'rfc9068', '--id-token-claims', 'nickname,custom.team', '--enabled', 'false'],
      ...['--cors-origins', 'https://app.example.com,http://localhost:3000'],
    );
    const expected = application({
      client_id: 'app',
      name: '小程序',
      type: 'mini_program',
      enabled: false,
      grant_types: [JSCODE_GRANT, 'refresh_token'],
      scopes: ['openid', 'profile', 'phone'],
      access_token_ttl: 60,
      id_token_ttl: 61,
      refresh_token_ttl: 62,
      refresh_token_max_ttl: 63,
      refresh_reuse_interval: 0,
      signing_alg: 'ES256',
      token_profile: 'rfc9068',
      id_token_claims: ['nickname', 'custom.team'],
      cors_origins: ['https://app.example.com', 'http://localhost:3000'],
    });
    expect(created).toEqual(expected);
    expect(await cli.json('applications', 'show', 'app')).toEqual(expected);
  });

  it('shows a generated secret once, and takes one from a variable without showing it', async () => {
    const made = await cli.run(['applications', 'create', 'made', '--type', 'web']);
    expect(made).toEqual({
      code: 0,
      stdout: expect.any(String),
      stderr: 'Keep the client_secret now: it is not shown again.\n',
    });
    expect(valuesOf(made.stdout)).toEqual({
      ...{
        client_id: 'made',
        name: 'made',
        type: 'web',
        enabled: 'true',
        grant_types: '-',
        scopes: 'openid',
      },
      ...{ access_token_ttl: '300', id_token_ttl: '1800', refresh_token_ttl: '0' },
      ...{ refresh_token_max_ttl: '2592000', refresh_reuse_interval: '30', signing_alg: 'RS256' },
      ...{
        token_profile: 'ciam',
        id_token_claims: '-',
        cors_origins: '-',
        created_at: TIME,
        updated_at: TIME,
      },
      client_secret: expect.stringMatching(SECRET),
    });
    const given = ['applications', 'create', 'given', '--type', 'm2m', '--client-secret-env', 'WEB_SECRET'];
    expect(await cli.json(...given)).toEqual(application({ client_id: 'given', name: 'given', type: 'm2m' }));
    const rotated = await cli.json('applications', 'rotate-secret', 'given');
    const secret = expect.stringMatching(SECRET);
    const whole = { client_id: 'given', name: 'given', type: 'm2m', client_secret: secret };
    expect(rotated).toEqual(application(whole));
  });

  it('are listed by their ids, Chinese characters as wide as they are', async () => {
    expect((await cli.run(['applications', 'list'])).stdout).toBe(
      [
        'client_id  type          enabled  name    scopes',
        'app        mini_program  false    小程序  openid, profile, phone',
        'given      m2m           true     given   openid',
        'made       web           true     made    openid',
        '',
      ].join('\n'),
    );
  });

  it('changes what options name and nothing else, and empties lists', async () => {
    const args = [
      'applications',
      'update',
      'app',
      '--no-id-token-claims',
      '--name',
      'Mini',
      '--enabled',
      'true',
    ];
    const { stdout } = await cli.run(args);
    expect(valuesOf(stdout)).toMatchObject({
      ...{ client_id: 'app', name: 'Mini', enabled: 'true', scopes: 'openid, profile, phone' },
      ...{ access_token_ttl: '60', signing_alg: 'ES256', id_token_claims: '-' },
    });
  });

  it('ends with 2 and names every wrong value', async () => {
    const args = ['applications', 'create', 'a b', '--type', 'app', '--enabled', 'maybe'];
    const others = ['--access-token-ttl', 'long', '--scopes', '', '--client-secret-env', 'NO_SECRET'];
    const id = 'must be 1 to 128 printable ASCII characters without spaces';
    const types = 'must be one of the following values: mini_program, web, spa, mobile, m2m';
    expect(await cli.run([...args, ...others])).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'Invalid values:',
        `  client_id: ${id}`,
        `  type: ${types}`,
        '  enabled: must be a boolean value',
        '  scopes: each value in scopes must be a scope token',
        '  access_token_ttl: must be an integer number',
        '  client_secret_env: the environment variable NO_SECRET is not set',
        '',
      ].join('\n'),
    });
    const asJson = await cli.run(['applications', 'update', 'app', '--refresh-token-ttl', '9999', '--json']);
    expect({ ...asJson, stderr: JSON.parse(asJson.stderr) }).toEqual({
      code: 2,
      stdout: '',
      stderr: {
        error: 'Invalid values',
        errors: [{ path: 'refresh_token_ttl', detail: 'must not be greater than refresh_token_max_ttl' }],
      },
    });
  });

  it('refuses a placeholder for a secret in production', async () => {
    const production = { NODE_ENV: 'production', ISSUER: 'https://id.example.com' };
    const args = ['applications', 'update', 'given', '--client-secret-env', 'SAMPLE_SECRET'];
    expect(await cli.run(args, production)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Invalid values:\n  client_secret_env: is a placeholder, which production refuses\n',
    });
  });

  it('refuses what does not go, and says so by its exit code', async () => {
    const refusals: [string[], number, string][] = [
      [['create', 'app', '--type', 'spa'], 4, 'Already exists\n'],
      [['rotate-secret', 'app'], 4, 'A public application has no secret\n'],
      [['delete', 'app', '--yes'], 4, 'Disable it first\n'],
      [['update', 'nobody', '--name', 'x'], 3, 'Not found: nobody\n'],
      [['delete', 'nobody', '--yes', '--json'], 3, '{"error":"Not found: nobody"}\n'],
    ];
    const results = await Promise.all(refusals.map(([args]) => cli.run(['applications', ...args])));
    expect(results).toEqual(refusals.map(([, code, stderr]) => ({ code, stdout: '', stderr })));
  });

  it('deletes one that is disabled', async () => {
    await cli.json('applications', 'update', 'made', '--enabled', 'false');
    const result = await cli.run(['applications', 'delete', 'made', '--yes']);
    expect(result).toEqual({ code: 0, stdout: 'application made deleted\n', stderr: '' });
  });
});

describe('npm run cli -- auth-sources', () => {
  const settings = anAuthSource({ id: 'source', app_secret: undefined, applications: ['app'] });
  const source = (overrides: object) => ({ ...settings, created_at: TIME, updated_at: TIME, ...overrides });
  const rows = [
    { from: 'nickName', to: 'nickname', update: 'always' },
    { from: 'phoneNumber', to: 'custom.phone', update: 'on_create' },
  ];

  it('creates one with what the options say, its secret from a variable', async () => {
    const created = await cli.json(
      ...['auth-sources', 'create', 'source', '--type', 'wechat_mini_program', '--app-id', APP_ID],
      ...[
        '--app-secret-env',
        'WECHAT_SECRET',
        '--name',
        'Sample WeChat',
        '--open-platform-account',
        'default',
      ],
      ...[
        '--applications',
        'app',
        '--map',
        'nickName:nickname',
        '--map',
        'phoneNumber:custom.phone:on_create',
      ],
    );
    expect(created).toEqual(source({ attribute_mapping: rows }));
    const shown = (await cli.run(['auth-sources', 'show', 'source'])).stdout;
    expect(shown).toMatch(/^attribute_mapping: nickName nickname always$/m);
    expect(shown).toMatch(/^attribute_mapping: phoneNumber custom.phone on_create$/m);
  });

  it('says what a login would write, and why', async () => {
    const profile = JSON.stringify({ nickName: '乐队', phoneNumber: '13800138000' });
    expect((await cli.run(['auth-sources', 'preview', 'source', '--profile', profile])).stdout).toBe(
      [
        'from         to            update     value           current  written  reason',
        'nickName     nickname      always     乐队            -        true     new_value',
        'phoneNumber  custom.phone  on_create  +8613800138000  -        true     new_value',
        '',
      ].join('\n'),
    );
    const tried = [
      'auth-sources',
      'preview',
      'source',
      '--profile',
      '{"gender":1}',
      '--map',
      'gender:gender',
    ];
    expect(await cli.json(...tried)).toEqual({
      user_id: null,
      attributes: [
        {
          ...{ from: 'gender', to: 'gender', update: 'always' },
          ...{ value: 'male', current: null, written: true, reason: 'new_value' },
        },
      ],
    });
  });

  it('refuses what does not go, and says so by its exit code', async () => {
    const targets =
      'name, nickname, picture, gender, locality, region, country, locale, phone_number, custom.NAME';
    const refusals: [string[], number, string][] = [
      [['create', 'bare'], 2, 'Invalid values:\n  type: is required\n  app_id: is required\n'],
      [
        ['update', 'source', '--applications', 'app,nobody'],
        2,
        'Invalid values:\n  applications: unknown application nobody\n',
      ],
      [
        ['update', 'source', '--map', 'nickName'],
        2,
        `Invalid values:\n  attribute_mapping.0.to: must be one of ${targets}\n`,
      ],
      [['preview', 'source', '--profile', '{'], 2, 'Invalid values:\n  profile: must be a JSON object\n'],
      [['delete', 'source', '--yes'], 4, 'Disable it first\n'],
      [['show', AUTH_SOURCE_ID], 3, `Not found: ${AUTH_SOURCE_ID}\n`],
    ];
    const results = await Promise.all(refusals.map(([args]) => cli.run(['auth-sources', ...args])));
    expect(results).toEqual(refusals.map(([, code, stderr]) => ({ code, stdout: '', stderr })));
  });

  it('lists them', async () => {
    expect((await cli.run(['auth-sources', 'list'])).stdout).toBe(
      [
        'id      type                 enabled  app_id              name           applications',
        `source  wechat_mini_program  true     ${APP_ID}  Sample WeChat  app`,
        '',
      ].join('\n'),
    );
  });

  it('empties lists, and deletes one that is disabled', async () => {
    const args = ['auth-sources', 'update', 'source', '--no-map', '--no-applications', '--enabled', 'false'];
    expect(await cli.json(...args)).toEqual(source({ applications: [], enabled: false }));
    expect(await cli.json('auth-sources', 'delete', 'source', '--yes')).toEqual({ deleted: 'source' });
  });
});

describe('what the commands have done', () => {
  it('is in the audit, by whom, without secrets', async () => {
    const { stdout } = await cli.run(['audit', 'tail', '--json', '--type', 'admin_changed']);
    const details = linesOf(stdout).map((event) => event.detail as Record<string, unknown>);
    expect(details.map(({ resource, id, action, by }) => [resource, id, action, by])).toEqual([
      ['application', 'app', 'created', OPERATOR],
      ['application', 'made', 'created', OPERATOR],
      ['application', 'given', 'created', OPERATOR],
      ['application', 'given', 'secret_rotated', OPERATOR],
      ['application', 'app', 'updated', OPERATOR],
      ['application', 'made', 'updated', OPERATOR],
      ['application', 'made', 'deleted', OPERATOR],
      ['auth_source', 'source', 'created', OPERATOR],
      ['auth_source', 'source', 'updated', OPERATOR],
      ['auth_source', 'source', 'deleted', OPERATOR],
    ]);
    expect(stdout).not.toContain('Marked');
  });

  it('is by nobody in particular where the user of the process has no name', async () => {
    const nameless =
      'import os from "node:os"; import { syncBuiltinESMExports } from "node:module"; ' +
      'os.userInfo = () => { throw new Error("uv_os_get_passwd returned ENOENT") }; syncBuiltinESMExports();';
    const args = ['applications', 'update', 'app', '--name', 'Nameless'];
    await cli.run(args, {}, [`data:text/javascript,${encodeURIComponent(nameless)}`]);
    expect((await cli.run(['audit', 'tail', '-n', '1'])).stdout).toMatch(
      /^\S+Z admin_changed client=app resource=application id=app action=updated fields=name by=cli\n$/,
    );
  });
});
