import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APP_ID, APP_SECRET, loginRequest } from '../src/testing/factories.js';
import { freePort } from './support/free-port.js';
import { Page } from './support/markdown.js';
import { ServiceProcess } from './support/service-process.js';
import { runCommand } from './support/spawned-command.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The shell commands of a part of the README, block by block. */
function blocksOf(heading: string): string[] {
  const [, ...rest] = readme.split(new RegExp(`^(#+) ${heading}$`, 'm'));
  const [level, text] = rest as [string, string];
  const end = text.search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return new Page('README.md', end < 0 ? text : text.slice(0, end)).code('sh');
}

/** What the README says an operator does, done as it is written there. */
describe('operating', () => {
  let folder: string;
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let service: ServiceProcess;
  let port: number;
  let userId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-operating-'));
    for (const name of ['package.json', 'node_modules', 'dist', 'provision.example.yaml']) {
      await symlink(join(root, name), join(folder, name));
    }
    database = await createTestDatabase({ shared: true });
    simulator = await startSimulator({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
    });
    simulator.wechat.addUser({ id: 'band', phone: { countryCode: '86', purePhoneNumber: '13800138000' } });
    port = await freePort();
  });

  afterAll(async () => {
    service?.signal('SIGTERM');
    await service?.end;
    await simulator.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** Runs a block, with what stands for something else in its place. @returns what it printed */
  async function run(block: string, values: Record<string, string> = {}): Promise<string> {
    const script = Object.entries({ 'http://127.0.0.1:3000': `http://127.0.0.1:${port}`, ...values }).reduce(
      (text, [name, value]) => text.replaceAll(name, value),
      block,
    );
    const { code, stdout, stderr } = await runCommand('sh', ['-euc', script], folder, {
      HOME: folder,
    });
    if (code !== 0) throw new Error(`${script}\nended with ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  async function environment(): Promise<Record<string, string>> {
    return parseEnv(await readFile(join(folder, '.env'), 'utf8')) as Record<string, string>;
  }

  /** What `npm start` does. */
  async function start(): Promise<void> {
    service = new ServiceProcess(folder, {});
    await service.url();
  }

  async function restart(): Promise<void> {
    service.signal('SIGTERM');
    expect(await service.end).toEqual({ code: 0, signal: null });
    await start();
  }

  async function login(): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify({
        ...loginRequest(simulator.wechat.login(APP_ID, 'band')),
        getPhoneNumber: true,
        phone_code: simulator.wechat.phoneCode(APP_ID, 'band'),
      }),
    });
  }

  it('begins with the first set-up', async () => {
    const [files, commands] = blocksOf('First set-up in production') as [string, string];
    // What a test run has done already.
    await run(files.replace(/^npm (ci|run build)$/gm, ''));
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    const edited = (await readFile(join(folder, '.env'), 'utf8'))
      .replace(/^DATABASE_URL=.*$/m, `DATABASE_URL=${isMysql ? database.url : 'sqlite:data/ciam.sqlite'}`)
      .replace(/^WECHAT_APP_SECRET=.*$/m, `WECHAT_APP_SECRET=${APP_SECRET}`);
    await writeFile(join(folder, '.env'), `${edited}WECHAT_API_BASE_URL=${simulator.url}\nPORT=${port}\n`);
    expect(commands).toMatch(/^npm start$/m);
    await run(commands.replace(/^npm start$/m, ''));
    await start();
    const response = await login();
    expect(response.status).toBe(200);
    const { access_token } = (await response.json()) as { access_token: string };
    userId = (JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString()) as { sub: string })
      .sub;
  });

  it('is done by HTTP and from a shell', async () => {
    const [block] = blocksOf('Administration') as [string];
    const printed = await run(block);
    expect(printed).toContain('{"items":[],"next_cursor":null}');
    expect(printed).toContain('backend');
  });

  it('rotates every secret while logins go on', async () => {
    const [client, app, signing, nextKey, exchange, anew] = blocksOf('Rotating secrets') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    expect(await run(client)).toMatch(/[\w-]{43}/);
    await run(app, { '=APP_SECRET': `=${APP_SECRET}` });
    expect(await run(signing)).toMatch(/retired/);
    expect((await login()).status).toBe(200);

    const { ENCRYPTION_KEY: before } = await environment();
    await run(nextKey);
    const { DECRYPTION_KEYS: after } = await environment();
    await restart();
    await run(exchange);
    expect(await environment()).toMatchObject({ ENCRYPTION_KEY: after, DECRYPTION_KEYS: before });
    await restart();
    await run(anew);
    // Without the old key.
    const text = await readFile(join(folder, '.env'), 'utf8');
    await writeFile(join(folder, '.env'), text.replace(/^DECRYPTION_KEYS=.*\n/m, ''));
    await run('npm run cli -- doctor');
    await restart();
    expect((await login()).status).toBe(200);
  });

  it('locks a user and lets the user in again', async () => {
    const [block] = blocksOf('Locking a user') as [string];
    const [find, lock, ...others] = block.trim().split('\n') as [string, string];
    expect(await run(find)).toContain(userId);
    await run(lock, { USER_ID: userId });
    expect([(await login()).status, await (await login()).json()]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Abnormal user status' },
    ]);
    await run(others.join('\n'), { USER_ID: userId });
    expect((await login()).status).toBe(200);
  });

  it('says why a login failed', async () => {
    const [block] = blocksOf('Why a login failed') as [string];
    const [failed, ofUser, sinceThen] = block.trim().split('\n') as [string, string, string];
    expect(await run(failed)).toMatch(/login_failed/);
    expect(await run(ofUser, { USER_ID: userId })).toMatch(/login_succeeded/);
    const events = (await run(sinceThen)).trim().split('\n');
    expect(events.map((event) => (JSON.parse(event) as { type: string }).type)).toContain('user_created');
  });

  it('backs up what there is', async () => {
    const [server, file, settings] = blocksOf('Backing up') as [string, string, string];
    const users = `SELECT id FROM users`;
    if (isMysql) {
      const { username, hostname, pathname, port: serverPort } = new URL(database.url);
      await run(server, {
        '--host 127.0.0.1': `--host ${hostname} --port ${serverPort || 3306}`,
        '--user ciam --password ciam': `--user ${username} ${pathname.slice(1)}`,
      });
      expect(await readFile(join(folder, 'ciam.sql'), 'utf8')).toContain(userId);
    } else {
      await run(file);
      const copy = dataSourceOptions({ url: `sqlite:${join(folder, 'backup.sqlite')}`, poolSize: 1 });
      const dataSource = await new DataSource(copy).initialize();
      expect(await dataSource.query(users)).toEqual([{ id: userId }]);
      await dataSource.destroy();
    }
    await run(settings);
    expect(await readFile(join(folder, 'applications.yaml'), 'utf8')).not.toContain(APP_SECRET);
  });
});
