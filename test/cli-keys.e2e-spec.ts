import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { OPERATOR, TestCommandLine, linesOf } from './support/command-line.js';
import { APP_ID, APP_SECRET, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { ServiceProcess } from './support/service-process.js';

const DIES_AFTER_LINE = pathToFileURL(
  fileURLToPath(new URL('support/dies-after-line.js', import.meta.url)),
).href;
const KID = '[0-9a-f-]{36}';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const newKey = () => randomBytes(32).toString('base64');

let cli: TestCommandLine;

async function query<T>(sql: string): Promise<T[]> {
  const url = cli.environment.DATABASE_URL!;
  const dataSource = await connect(dataSourceOptions({ url, poolSize: 1 }));
  try {
    return await dataSource.query<T[]>(sql);
  } finally {
    await dataSource.destroy();
  }
}

describe('npm run cli -- keys', () => {
  beforeAll(async () => {
    cli = await TestCommandLine.create();
  });
  afterAll(() => cli.close());

  it('are listed by algorithm', async () => {
    const kid = expect.stringMatching(new RegExp(`^${KID}$`));
    const made = { kid, created_at: TIME, usable_from: TIME, retired_at: null };
    const [next, active] = [
      { ...made, state: 'next', activated_at: null },
      { ...made, state: 'active', activated_at: TIME },
    ];
    expect(await cli.json('keys', 'list')).toEqual({
      items: ['RS256', 'ES256'].flatMap((alg) => [
        { ...next, alg },
        { ...active, alg },
      ]),
      next_cursor: null,
    });
  });

  it('are replaced; a key that is not known to everybody yet will sign later', async () => {
    const first = await cli.run(['keys', 'rotate']);
    expect(first).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    expect(first.stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^RS256: ${KID} signs in the place of ${KID}$`)),
      expect.stringMatching(new RegExp(`^ES256: ${KID} signs in the place of ${KID}$`)),
      '',
    ]);
    const second = await cli.json('keys', 'rotate');
    const awaited = { kid: expect.stringMatching(new RegExp(`^${KID}$`)), usable_from: TIME };
    expect(second).toEqual({
      rotated: [],
      awaited: [
        { alg: 'RS256', ...awaited },
        { alg: 'ES256', ...awaited },
      ],
    });
    const third = await cli.run(['keys', 'rotate']);
    expect(third.stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^RS256: ${KID} will sign from 2\\S+Z, when everybody knows it$`)),
      expect.stringMatching(new RegExp(`^ES256: ${KID} will sign from 2\\S+Z, when everybody knows it$`)),
      '',
    ]);
    const lines = (await cli.run(['keys', 'list'])).stdout.split('\n');
    expect(lines.map((line) => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'alg state',
      ...['RS256 next', 'RS256 active', 'RS256 retired', 'ES256 next', 'ES256 active', 'ES256 retired'],
      '',
    ]);
  });
});

describe('npm run cli -- encryption-key rotate', () => {
  const ids = Array.from({ length: 8 }, (_, index) => `source-${index}`);
  /** The key pairs, active and next of both algorithms, come first. */
  const TOTAL = 4 + ids.length;
  const newer = newKey();
  let older: string;
  let variables: Record<string, string>;
  let simulator: RunningSimulator;

  beforeAll(async () => {
    cli = await TestCommandLine.create();
    older = cli.environment.ENCRYPTION_KEY!;
    variables = { ENCRYPTION_KEY: newer, DECRYPTION_KEYS: older };
    simulator = await startSimulator({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
    });
    simulator.wechat.addUser({ id: 'band' });
    const provisioned = {
      applications: [anApplication()],
      auth_sources: [anAuthSource(), ...ids.slice(1).map((id) => anAuthSource({ id, applications: [] }))],
    };
    await writeFile(join(cli.folder, 'provision.yaml'), JSON.stringify(provisioned));
    expect((await cli.run(['provision', 'apply', 'provision.yaml'])).code).toBe(0);
  });
  afterAll(async () => {
    await simulator.close();
    await cli.close();
  });

  const rotate = (...args: string[]) => cli.run(['encryption-key', 'rotate', ...args], variables);

  /** How many secrets there are under each key, by the id of the key, in the order of their number. */
  async function keyIds(): Promise<Record<string, number>> {
    const sealed = await query<{ sealed: string }>(
      `SELECT app_secret_sealed AS sealed FROM auth_sources
       UNION ALL SELECT private_key_sealed AS sealed FROM signing_keys WHERE private_key_sealed <> ''`,
    );
    const counts: Record<string, number> = {};
    for (const { sealed: secret } of sealed) {
      const keyId = secret.split('.')[1]!;
      counts[keyId] = (counts[keyId] ?? 0) + 1;
    }
    return counts;
  }

  const progress = (done: number, total: number) =>
    Array.from({ length: done }, (_, index) => `re-encrypted ${index + 1} of ${total}\n`).join('');

  it('has nothing to do before the key is another one', async () => {
    expect(await cli.json('encryption-key', 'rotate')).toEqual({ reencrypted: 0 });
  });

  it('needs the old key as long as there is anything under it', async () => {
    const result = await cli.run(['encryption-key', 'rotate'], { ENCRYPTION_KEY: newer });
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^signing key \S+ is encrypted under key \S+, but ENCRYPTION_KEY is key \S+\n$/,
      ),
    });
  });

  it('goes on where a crash, then a secret that nobody can open, has cut it off, while a service goes on', async () => {
    const service = new ServiceProcess(cli.folder, {
      ...cli.environment,
      ...variables,
      ...{ PORT: '0', ISSUER, WECHAT_API_BASE_URL: simulator.url, RATE_LIMIT_PER_MINUTE: '0' },
    });
    const url = new URL('/oauth2/token', await service.url());
    const statuses: number[] = [];
    let done = false;
    const signIn = async () => {
      const body = JSON.stringify(loginRequest(simulator.wechat.login(APP_ID, 'band')));
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body });
      await answer.arrayBuffer();
      statuses.push(answer.status);
    };
    const work = (async () => {
      while (!done) await signIn();
    })();
    try {
      await cutOffTwice();
    } finally {
      done = true;
      await work;
    }
    await signIn();
    expect(new Set(statuses)).toEqual(new Set([200]));
    service.signal('SIGTERM');
    expect(await service.end).toEqual({ code: 0, signal: null });
  });

  async function cutOffTwice(): Promise<void> {
    const dies = { ...variables, DIES_AFTER_LINE: `re-encrypted 6 of ${TOTAL}` };
    const crashed = await cli.run(['encryption-key', 'rotate'], dies, [DIES_AFTER_LINE]);
    expect(crashed).toEqual({ code: null, stdout: '', stderr: progress(6, TOTAL) });
    expect(Object.values(await keyIds()).sort()).toEqual([6, 6]);

    const last = ids.at(-1)!;
    const [secret] = await query<{ sealed: string }>(
      `SELECT app_secret_sealed AS sealed FROM auth_sources WHERE id = '${last}'`,
    );
    const setSecret = (sealed: string) =>
      query(`UPDATE auth_sources SET app_secret_sealed = '${sealed}' WHERE id = '${last}'`);
    const [version, keyId, iv, tag] = secret!.sealed.split('.');
    await setSecret([version, keyId, iv, tag, 'AAAA'].join('.'));
    expect(await rotate('--json')).toEqual({
      code: 1,
      stdout: '',
      stderr: `${progress(5, 6)}{"error":"app secret of auth source ${last} was changed after it was encrypted"}\n`,
    });

    await setSecret(secret!.sealed);
    expect(await rotate()).toEqual({
      code: 0,
      stdout: '1 secret is under the current key now\n',
      stderr: progress(1, 1),
    });
    expect(await rotate()).toEqual({ code: 0, stdout: 'nothing is under an old key\n', stderr: '' });
    expect(Object.values(await keyIds())).toEqual([TOTAL]);
  }

  it('is audited by whom and how many, and leaves the old key without use', async () => {
    const { stdout } = await cli.run(['audit', 'tail', '--json', '--type', 'admin_changed'], {
      ENCRYPTION_KEY: newer,
    });
    const changes = linesOf(stdout).map(({ detail }) => detail as Record<string, unknown>);
    const rotations = changes.filter(({ resource }) => resource === 'encryption_key');
    const rotation = { resource: 'encryption_key', id: expect.any(String), action: 'rotated', by: OPERATOR };
    const begun = [TOTAL, TOTAL - 6, 1].map((secrets) => ({ before: {}, after: { secrets }, fields: [] }));
    expect(rotations).toEqual(begun.map((detail) => ({ ...rotation, ...detail })));
  });
});
