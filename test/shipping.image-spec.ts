import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { freePort } from './support/free-port.js';
import { BuiltImage } from './support/shipping/built-image.js';
import { readText } from './support/shipping/repository.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { until } from './support/until.js';

let image: BuiltImage;
let database: TestDatabase;
let simulator: RunningSimulator;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  image = await BuiltImage.build();
  database = await createTestDatabase({ shared: true });
  simulator = await startSimulator({ apps: [{ appid: APP_ID, secret: APP_SECRET }] });
  folder = await mkdtemp(join(tmpdir(), 'nest-ciam-config-'));
  const provisioned = { applications: [anApplication()], auth_sources: [anAuthSource()] };
  await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
  await chmod(folder, 0o755);
  environment = {
    PORT: String(await freePort()),
    ISSUER: 'https://login.example.com',
    DATABASE_URL: database.url,
    MIGRATIONS_RUN: 'false',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PROVISION_FILE: join(folder, 'provision.yaml'),
    WECHAT_API_BASE_URL: simulator.url,
  };
});

afterAll(async () => {
  await simulator.close();
  await database.drop();
  await rm(folder, { recursive: true });
  await image.remove();
});

describe('the image', () => {
  it('has what the service needs and no more', () => {
    const paths = [
      'app/dist/src/main.js',
      'app/node_modules/typeorm',
      'app/LICENSE',
      'app/dist/src/demo',
      'app/dist/src/simulator',
      'app/dist/src/testing',
      'app/dist/src/conformance',
      'app/dist/src/configure-app.spec.js',
      'app/src',
      'app/node_modules/typescript',
      'app/node_modules/jest',
    ];
    expect(paths.filter((path) => existsSync(image.path(path)))).toEqual(paths.slice(0, 3));
  });

  it('lets its user write nothing', async () => {
    const write = [
      "fs.writeFileSync('dist/a', '')",
      "fs.mkdirSync('data')",
      "fs.writeFileSync('package.json', '')",
    ];
    for (const statement of write) {
      const { code, stderr } = await image.run(['--eval', statement], { NODE_OPTIONS: '' });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/EACCES/)]);
    }
  });

  it('migrates by the command that the job has, wherever it is started', async () => {
    const job = parse(readText('deploy/kubernetes/migrations.yaml')) as {
      spec: { template: { spec: { containers: { args: string[] }[] } } };
    };
    const [script, ...args] = job.spec.template.spec.containers[0]!.args;
    const { DATABASE_URL } = environment;
    const { code, stdout, stderr } = await image.run(
      [image.path(`app/${script}`), ...args],
      { DATABASE_URL: DATABASE_URL! },
      '/',
    );
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^(applied \w+\n)+$/), '']);
  });

  it('refuses to start in production without its secrets', async () => {
    const { code, stderr } = await image.run(['dist/src/main.js'], {
      DATABASE_URL: environment.DATABASE_URL!,
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('ENCRYPTION_KEY: is required in production')]);
  });

  it('signs a user in, is healthy, and ends when it is told to', async () => {
    const url = `http://127.0.0.1:${environment.PORT}`;
    const service = image.start(environment);
    let log = '';
    service.stdout.on('data', (bytes: Buffer) => (log += bytes.toString()));
    service.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
    const end = once(service, 'close');
    await until(() => {
      if (service.exitCode !== null) throw new Error(log);
      return Promise.resolve(log.includes('Listening on '));
    });
    expect(await image.healthCheck({ PORT: environment.PORT! })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);

    simulator.wechat.addUser({ id: 'band' });
    const answer = await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        grant_type: JSCODE_GRANT,
        client_id: CLIENT_ID,
        auth_source_id: AUTH_SOURCE_ID,
        js_code: simulator.wechat.login(APP_ID, 'band'),
      }),
    });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        access_token: expect.any(String),
        scope: 'openid',
        id_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
      },
    ]);
    const doctor = await image.run(['dist/src/cli/main.js', 'doctor'], environment);
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('ok ')]);

    service.kill('SIGTERM');
    expect(await end).toEqual([0, null]);
    expect(await image.healthCheck({ PORT: environment.PORT! })).toMatchObject({ code: 1 });
  });
});
