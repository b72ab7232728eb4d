import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { runScript } from './support/spawned-command.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TIMEOUT_MS = 900_000;
const [server] = (process.env.TEST_DATABASE_URLS ?? '').split(/\s+/).filter(Boolean);

describe('an example that is installed with the packed nest-ciam', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-examples-'));
    await runScript(`npm pack --ignore-scripts --silent --pack-destination '${folder}'`, ROOT);
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function install(example: string): Promise<string> {
    const copy = join(folder, example);
    await cp(join(ROOT, 'examples', example), copy, { recursive: true });
    await runScript('npm install --no-save --no-audit --no-fund ../nest-ciam-0.1.0.tgz', copy);
    return copy;
  }

  it(
    'resource-server: its tests pass',
    async () => {
      expect(await runScript('npm test', await install('resource-server'))).toContain(
        'PASS dist/test/resource-server.spec.js',
      );
    },
    TIMEOUT_MS,
  );

  it(
    'sms-otp-grant: its tests pass, on MySQL’s protocol too, and it conforms',
    async () => {
      const copy = await install('sms-otp-grant');
      await writeFile(
        join(copy, 'test/our-sms-sender.ts'),
        exampleOf(await readFile(join(copy, 'README.md'), 'utf8')),
      );
      const printed = await runScript('npm test', copy);
      for (const suite of ['sms-otp', 'conformance'])
        expect(printed).toContain(`PASS dist/test/${suite}.spec.js`);
      expect(await runScript('npm run conformance', copy)).toContain('It conforms.');
      const development = await runScript(BOOT_AND_ASK, copy, { DATABASE_URL: 'sqlite:data/sms.sqlite' });
      expect(development).toMatch(/SMS to \+8613800000000: your code is \d{6}\n/);
      for (const command of [BOOT_AND_ASK, 'npm test -- sms-otp']) {
        if (server !== undefined)
          await onServer(server, (DATABASE_URL) => runScript(command, copy, { DATABASE_URL }));
      }
    },
    TIMEOUT_MS,
  );
});

/** Two processes start at once, and one sends a code. */
const BOOT_AND_ASK = `
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
cat > provision.yaml <<'YAML'
applications:
  - { client_id: app, type: mobile, grant_types: ["http://tencentciam.com/oauth2/grant-type/otp/sms"] }
auth_sources:
  - { id: sms, type: sms_otp, applications: [app] }
YAML
export GRANT_MODULES=./dist/src/development.js PROVISION_FILE=provision.yaml
for port in 3361 3362; do PORT=$port node_modules/.bin/nest-ciam & done
for port in 3361 3362; do
  curl --silent --show-error --fail --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:$port/health/ready
done
curl --silent --show-error --fail http://127.0.0.1:3361/otp/send \\
  --data client_id=app --data auth_source_id=sms --data phone_number=13800000000
`;

/** The code of a page, which is TypeScript. */
function exampleOf(markdown: string): string {
  return /^```ts\n(.*?)^```$/ms.exec(markdown)![1]!;
}

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
