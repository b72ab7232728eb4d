import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { TestCommandLine } from './support/command-line.js';
import { APP_ID, APP_SECRET, anApplication, anAuthSource } from '../src/testing/factories.js';
import { isMysql } from './support/test-database.js';

const OTHER_APP_ID = 'wx0000000000000002';
const KEYS = [
  expect.stringMatching(/^ok {7}signing_keys RS256: \S{36} signs since \S+Z, \S{36} is next$/),
  expect.stringMatching(/^ok {7}signing_keys ES256: \S{36} signs since \S+Z, \S{36} is next$/),
];
const CONFIGURATION = 'ok       configuration: Every variable is right; the issuer is http://127.0.0.1:3000';
const MIGRATIONS = expect.stringMatching(/^ok {7}migrations: \d+ applied, none pending$/);
const SERVER = expect.stringMatching(
  isMysql
    ? /^ok {7}database: (MariaDB|MySQL) \d\S* at \S+:\d+\/ciam_test_\w+$/
    : /^ok {7}database: SQLite 3\.\S+ at \/\S+$/,
);
const CLOCKS = [
  ...(isMysql ? ['ok       clock database server: Shows the same time as ours'] : []),
  'ok       clock WeChat: Shows the same time as ours',
];
const UNASKED = [...CLOCKS.slice(0, -1), 'skipped  clock WeChat: That clock cannot be asked'];

let simulator: RunningSimulator;
let cli: TestCommandLine;

beforeAll(async () => {
  simulator = await startSimulator({
    apps: [
      { appid: APP_ID, secret: APP_SECRET },
      { appid: OTHER_APP_ID, secret: APP_SECRET },
    ],
  });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.wechat.reset());

/** What the doctor says, line by line, with its exit code. */
async function doctor(variables: Record<string, string | undefined> = {}, preloaded: string[] = []) {
  const { code, stdout, stderr } = await cli.run(['doctor'], variables, preloaded);
  expect(stderr).toBe('');
  return { code, lines: stdout.trimEnd().split('\n') };
}

describe('npm run cli -- doctor, before the first start', () => {
  beforeAll(async () => {
    cli = await TestCommandLine.create({ WECHAT_API_BASE_URL: simulator.url });
  });
  afterAll(() => cli.close());

  it('says what is not there yet, and makes none of it', async () => {
    const { code, lines } = await doctor({ ENCRYPTION_KEY: undefined });
    const noKey =
      'ENCRYPTION_KEY is not set, and there is no data/encryption.key yet: the service will make one';
    expect(code).toBe(1);
    expect(lines).toEqual([
      CONFIGURATION,
      `warning  configuration: ${noKey}`,
      ...(isMysql
        ? [
            SERVER,
            expect.stringMatching(
              /^problem {2}migrations: 0 applied, \d+ pending \(\w+(, \w+)*\): run npm run migration:run, or start/,
            ),
            'skipped  encryption: What is stored cannot be checked before the migrations',
          ]
        : [
            expect.stringMatching(
              /^problem {2}database: There is no database \S+ yet: start the service, or run/,
            ),
            'skipped  migrations: What is stored cannot be checked without the database',
          ]),
      ...CLOCKS,
    ]);
    expect(await readdir(cli.folder)).toEqual([]);
    expect((await doctor()).lines.length).toBe(lines.length - 1);
  });

  it('names every wrong variable, and checks nothing else', async () => {
    const wrong = { PORT: 'http', ADMIN_TOKEN: 'short', NODE_ENV: 'production' };
    expect(await doctor(wrong)).toEqual({
      code: 1,
      lines: [
        'problem  configuration: PORT: must be a whole number from 0 to 65535',
        'problem  configuration: ADMIN_TOKEN: must be 32 to 1024 printable characters',
        'problem  configuration: ISSUER: is required in production',
        'problem  configuration: ADMIN_TOKEN: is a placeholder, which production refuses',
        'skipped  database: Nothing else can be checked with a wrong configuration',
      ],
    });
    const { code, stdout } = await cli.run(['doctor', '--json'], { PORT: 'http' });
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        healthy: false,
        checks: [
          {
            ...{ check: 'configuration', subject: null, status: 'problem' },
            message: 'PORT: must be a whole number from 0 to 65535',
          },
          {
            ...{ check: 'database', subject: null, status: 'skipped' },
            message: 'Nothing else can be checked with a wrong configuration',
          },
        ],
      },
    ]);
  });

  it('says that the database cannot be reached, at once', async () => {
    const { code, lines } = await doctor({ DATABASE_URL: 'mysql://root:MarkedSecret@127.0.0.1:1/ciam' });
    expect(code).toBe(1);
    expect(lines).toEqual([
      CONFIGURATION,
      expect.stringMatching(/^problem {2}database: 127\.0\.0\.1:1\/ciam cannot be used: .*ECONNREFUSED/),
      'skipped  migrations: What is stored cannot be checked without the database',
      'ok       clock WeChat: Shows the same time as ours',
    ]);
  });
});

describe('npm run cli -- doctor', () => {
  const newer = randomBytes(32).toString('base64');

  beforeAll(async () => {
    cli = await TestCommandLine.create({ WECHAT_API_BASE_URL: simulator.url, WECHAT_TIMEOUT_MS: '10000' });
    const source = (id: string, overrides: object = {}) =>
      anAuthSource({ id, applications: [], ...overrides });
    await provision([
      source('mini'),
      source('official', { type: 'wechat_official_account', app_id: OTHER_APP_ID }),
      source('website', { type: 'wechat_website' }),
      source('app', { type: 'wechat_mobile_app' }),
      source('off', { enabled: false, app_secret: 'wrong' }),
    ]);
  });
  afterAll(() => cli.close());

  async function provision(auth_sources: object[]): Promise<void> {
    const file = { applications: [anApplication()], auth_sources };
    await writeFile(join(cli.folder, 'provision.yaml'), JSON.stringify(file));
    expect((await cli.run(['provision', 'apply', 'provision.yaml'])).code).toBe(0);
  }

  /** Every row of the tables that a service changes by itself when it starts. */
  async function content(): Promise<unknown> {
    const dataSource = await connect(dataSourceOptions({ url: cli.environment.DATABASE_URL!, poolSize: 1 }));
    const tables = ['auth_sources', 'signing_keys', 'audit_events', 'leases', 'revisions', 'migrations'];
    const rows: unknown[] = [];
    for (const table of tables) rows.push(await dataSource.query(`SELECT * FROM ${table} ORDER BY 1`));
    await dataSource.destroy();
    return rows;
  }

  const WEBSITE =
    'skipped  wechat website: The credentials of a wechat_website cannot be checked without a login';
  const MOBILE_APP =
    'skipped  wechat app: The credentials of a wechat_mobile_app cannot be checked without a login';
  const MINI = `ok       wechat mini: WeChat takes app id ${APP_ID} and its secret`;
  const OFFICIAL = `ok       wechat official: WeChat takes app id ${OTHER_APP_ID} and its secret`;
  const SECRETS = 'ok       encryption: 9 stored secrets, all under ENCRYPTION_KEY';

  it('finds that all is well, changes nothing and forces no access token', async () => {
    const before = await content();
    const lines = [
      CONFIGURATION,
      SERVER,
      MIGRATIONS,
      SECRETS,
      ...KEYS,
      MOBILE_APP,
      MINI,
      OFFICIAL,
      WEBSITE,
      ...CLOCKS,
    ];
    expect(await doctor()).toEqual({ code: 0, lines });
    expect(await content()).toEqual(before);
    const calls = simulator.wechat.calls({ path: '/cgi-bin/stable_token' });
    expect(calls.map(({ body }) => body)).toEqual(
      [APP_ID, OTHER_APP_ID].map((appid) => ({
        grant_type: 'client_credential',
        appid,
        secret: APP_SECRET,
        force_refresh: false,
      })),
    );
    const answer = (await cli.json('doctor')) as { healthy: boolean; checks: object[] };
    expect(answer.healthy).toBe(true);
    expect(answer.checks).toHaveLength(lines.length);
    expect(answer.checks[7]).toEqual({
      ...{ check: 'wechat', subject: 'mini', status: 'ok' },
      message: `WeChat takes app id ${APP_ID} and its secret`,
    });
  });

  it('says in words why WeChat refuses an app, and what to do', async () => {
    simulator.wechat.addApp({ appid: APP_ID, secret: 'another' });
    simulator.wechat.addApp({ appid: OTHER_APP_ID, ip_whitelist: ['203.0.113.7'] });
    await provision([anAuthSource({ id: 'unknown', app_id: 'wx0000000000000003', applications: [] })]);
    const { code, lines } = await doctor();
    expect(code).toBe(1);
    expect(lines.filter((line) => line.includes(' wechat '))).toEqual([
      MOBILE_APP,
      expect.stringMatching(
        /^problem {2}wechat mini: WeChat error 40125, the app secret is wrong: take the present one from .*\(rid: \S+\)$/,
      ),
      expect.stringMatching(
        /^problem {2}wechat official: WeChat error 40164, our address is not on the IP whitelist of the app: add it in the WeChat console \(our address: 127\.0\.0\.1, rid: \S+\)$/,
      ),
      expect.stringMatching(
        /^problem {2}wechat unknown: WeChat error 40013, the app id is wrong: compare app_id/,
      ),
      WEBSITE,
    ]);
    await cli.json('auth-sources', 'update', 'unknown', '--enabled', 'false');
  });

  it('says that WeChat cannot be reached, and that a secret is missing', async () => {
    const bare = ['--type', 'wechat_mini_program', '--app-id', APP_ID];
    await cli.json('auth-sources', 'create', 'bare', ...bare);
    const { code, lines } = await doctor({ WECHAT_API_BASE_URL: 'http://127.0.0.1:1' });
    expect([code, lines.slice(6)]).toEqual([
      1,
      [
        MOBILE_APP,
        expect.stringMatching(
          /^problem {2}wechat bare: It has no app secret, so nobody can sign in through it: /,
        ),
        'problem  wechat mini: WeChat is unavailable: ECONNREFUSED at /cgi-bin/stable_token. Can this machine reach WECHAT_API_BASE_URL?',
        'problem  wechat official: WeChat is unavailable: ECONNREFUSED at /cgi-bin/stable_token. Can this machine reach WECHAT_API_BASE_URL?',
        WEBSITE,
        ...UNASKED,
      ],
    ]);
    await cli.json('auth-sources', 'update', 'bare', '--enabled', 'false');
  });

  it('counts what is under an old key, and names what no key opens', async () => {
    const rotating = await doctor({ ENCRYPTION_KEY: newer, DECRYPTION_KEYS: cli.environment.ENCRYPTION_KEY });
    const advice = 'run npm run cli -- encryption-key rotate, then the old key can go from every instance';
    expect([rotating.code, rotating.lines[3]]).toEqual([
      0,
      `warning  encryption: 10 of 10 stored secrets are under a key of DECRYPTION_KEYS: ${advice}`,
    ]);
    const needless = await doctor({ DECRYPTION_KEYS: newer });
    expect([needless.code, needless.lines[3]]).toEqual([
      0,
      'ok       encryption: 10 stored secrets, all under ENCRYPTION_KEY, none under a key of DECRYPTION_KEYS',
    ]);
    const { code, lines } = await doctor({ ENCRYPTION_KEY: newer });
    expect(code).toBe(1);
    expect(lines.filter((line) => line.includes('encrypt')).sort()).toEqual([
      ...['app', 'mini', 'off', 'official', 'unknown', 'website'].map((id): unknown =>
        expect.stringMatching(
          new RegExp(
            `^problem  encryption: app secret of auth source ${id} is encrypted under key \\S+, but ENCRYPTION_KEY ` +
              'is key \\S+: name the old key in DECRYPTION_KEYS; if it is lost, give the secret anew ',
          ),
        ),
      ),
      ...Array<unknown>(4).fill(
        expect.stringMatching(
          /^problem {2}encryption: signing key \S{36} is .*; if it is lost, delete its row/,
        ),
      ),
    ]);
    expect(lines).toContain('skipped  wechat mini: Its app secret cannot be opened');
  });

  it('finds clocks that differ by more than five seconds', async () => {
    const shifted = (ms: number) =>
      `data:text/javascript,const now = Date.now; Date.now = () => now() + ${ms};`.replaceAll(' ', '%20');
    const whose = [...(isMysql ? ['database server'] : []), 'WeChat'];
    const advice = 'keep the clocks of all machines right (NTP)';
    const clocksOf = async (ms: number) => {
      const { code, lines } = await doctor({}, [shifted(ms)]);
      return [code, lines.filter((line) => line.includes(' clock '))] as const;
    };
    const seconds = expect.stringMatching(/^problem {2}clock .+: Our clock is (5\d|6[01]) s ahead: /);
    expect(await clocksOf(60_500)).toEqual([1, whose.map((): unknown => seconds)]);
    const [code, lines] = await clocksOf(-3_600_000);
    expect([code, lines.map((line) => line.replace(/3[56]\d\d/, 'N'))]).toEqual([
      1,
      whose.map((clock) => `problem  clock ${clock}: Our clock is N s behind: ${advice}`),
    ]);
    expect(await clocksOf(3000)).toEqual([0, CLOCKS]);
  });

  it('leaves what a grant of its own needs to the grant', async () => {
    const dataSource = await connect(dataSourceOptions({ url: cli.environment.DATABASE_URL!, poolSize: 1 }));
    const change = "type = 'badge', app_secret_sealed = NULL, enabled = TRUE";
    await dataSource.query(`UPDATE auth_sources SET ${change} WHERE id = 'off'`);
    await dataSource.destroy();
    const { code, lines } = await doctor();
    const said = "skipped  wechat off: A badge is none of WeChat's: what it needs, its grant knows";
    expect([code, lines]).toEqual([0, expect.arrayContaining([said])]);
  });

  it('asks Redis, if there is to be one', async () => {
    const { server, url } = await listening('+PONG\r\n');
    const mute = await listening('-NOAUTH Authentication required.\r\n');
    const redis = async (REDIS_URL: string) => (await doctor({ REDIS_URL })).lines.at(-1);
    const alone = 'until it does, each instance counts requests alone';
    expect(await redis(url)).toBe('ok       redis: It answers');
    expect(await redis(mute.url)).toBe(
      `problem  redis: It does not answer (NOAUTH Authentication required.): ${alone}`,
    );
    server.close();
    mute.server.close();
    expect(await redis('redis://:MarkedSecret@127.0.0.1:1')).toBe(
      `problem  redis: It does not answer (connect ECONNREFUSED 127.0.0.1:1): ${alone}`,
    );
  });
});

/** Answers everything with the same. */
async function listening(answer: string): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(answer));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
