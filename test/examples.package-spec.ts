import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { runCommand } from './support/spawned-command.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TIMEOUT_MS = 900_000;
const [server] = (process.env.TEST_DATABASE_URLS ?? '').split(/\s+/).filter(Boolean);

/** Fails with all that was printed. @returns stdout */
async function run(
  folder: string,
  command: string,
  environment: Record<string, string> = {},
): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const result = await runCommand('bash', ['-ec', command], folder, { PATH, HOME, ...environment });
  if (result.code !== 0)
    throw new Error(`${command} ends with ${result.code}:\n${result.stdout}\n${result.stderr}`);
  return `${result.stdout}\n${result.stderr}`;
}

describe('an example that is installed with the packed nest-ciam', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-examples-'));
    await run(ROOT, `npm pack --ignore-scripts --silent --pack-destination '${folder}'`);
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function install(example: string): Promise<string> {
    const copy = join(folder, example);
    await cp(join(ROOT, 'examples', example), copy, { recursive: true });
    await run(copy, 'npm install --no-save --no-audit --no-fund ../nest-ciam-0.1.0.tgz');
    return copy;
  }

  it(
    'resource-server: its tests pass',
    async () => {
      expect(await run(await install('resource-server'), 'npm test')).toContain(
        'PASS dist/test/resource-server.spec.js',
      );
    },
    TIMEOUT_MS,
  );

  it(
    'sms-otp-grant: its tests pass, on MySQL’s protocol too, and it conforms',
    async () => {
      const copy = await install('sms-otp-grant');
      const printed = await run(copy, 'npm test');
      for (const suite of ['sms-otp', 'conformance'])
        expect(printed).toContain(`PASS dist/test/${suite}.spec.js`);
      expect(await run(copy, 'npm run conformance')).toContain('It conforms.');
      if (server !== undefined)
        await onServer(server, (DATABASE_URL) => run(copy, 'npm test -- sms-otp', { DATABASE_URL }));
    },
    TIMEOUT_MS,
  );
});

/** On a database of its own. */
async function onServer(url: string, work: (databaseUrl: string) => Promise<unknown>): Promise<void> {
  const name = `ciam_test_${randomBytes(6).toString('hex')}`;
  const connection = await createConnection({ uri: new URL('/', url).href });
  await connection.query(`CREATE DATABASE ${name}`);
  try {
    await work(Object.assign(new URL(url), { pathname: `/${name}` }).href);
  } finally {
    await connection.query(`DROP DATABASE ${name}`);
    await connection.end();
  }
}
