import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { variableNames } from '../src/config/configuration.js';
import { serviceEnvironment } from '../src/demo/environment.js';
import { runCommand, type CommandResult } from './support/spawned-command.js';
import { isMysql } from './support/test-database.js';

const MAIN = fileURLToPath(new URL('../dist/src/demo/main.js', import.meta.url));

/** Code that runs in the demo's service and in no other process. */
function inTheService(code: string): Record<string, string> {
  const script = `import { existsSync } from 'node:fs'; if (process.argv[1].endsWith('/dist/src/main.js')) { ${code} }`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` };
}

// The demo has its own database, which is SQLite.
(isMysql ? describe.skip : describe)('npm run demo', () => {
  let folder: string;
  let demos: { process: ChildProcess; end: Promise<unknown> }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-demo-'));
    demos = [];
  });
  afterEach(async () => {
    demos.forEach(({ process }) => process.kill('SIGTERM'));
    await Promise.all(demos.map(({ end }) => end));
    await rm(folder, { recursive: true });
  });

  /** The demo with `--once`, from its start to its end. */
  function login(environment: Record<string, string> = {}, args = ['--once']): Promise<CommandResult> {
    return runCommand(process.execPath, [MAIN, ...args], folder, environment);
  }

  /** A demo that goes on serving, and what it has printed until then. */
  async function serving(environment: Record<string, string> = {}) {
    const demo = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = once(demo, 'close');
    demos.push({ process: demo, end });
    const printed = { stdout: '', stderr: '' };
    demo.stderr.on('data', (bytes: Buffer) => (printed.stderr += bytes.toString()));
    for await (const chunk of demo.stdout.iterator({ destroyOnReturn: false })) {
      printed.stdout += String(chunk);
      if (printed.stdout.endsWith('Serving until Ctrl-C\n')) return { process: demo, end, printed };
    }
    throw new Error(`The demo has ended:\n${printed.stderr}`);
  }

  function urlsIn(stdout: string): { service: string; simulator: string } {
    const [, simulator] = /^WeChat simulator +(\S+)$/m.exec(stdout)!;
    const [, service] = /^Service +(\S+)$/m.exec(stdout)!;
    return { service: service!, simulator: simulator! };
  }

  async function isServing(url: string): Promise<boolean> {
    return fetch(url).then(
      () => true,
      () => false,
    );
  }

  it('shows one login with its tokens verified, leaves nothing behind and ends with 0', async () => {
    const { code, stdout, stderr } = await login();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { service, simulator } = urlsIn(stdout);
    const kids = [...stdout.matchAll(/"kid": "(.*)"/g)].map(([, kid]) => kid);
    expect(new Set(kids).size).toBe(1);
    expect(stdout.split('\n').filter((line) => /^\S|✓/.test(line))).toEqual([
      `WeChat simulator  ${simulator}`,
      `Service           ${service}`,
      'Database          data/demo.sqlite',
      'Provisioned by    provision.example.yaml',
      `Discovery: GET ${service}/.well-known/openid-configuration`,
      `  ✓ issuer ${service}`,
      `  ✓ token_endpoint ${service}/oauth2/token`,
      `  ✓ jwks_uri ${service}/oauth2/jwks`,
      'In the mini program, with the simulator for WeChat',
      '  ✓ wx.login()           js_code',
      '  ✓ wx.getUserProfile()  encryptedData, iv',
      '  ✓ getPhoneNumber       phone_code',
      `Request: POST ${service}/oauth2/token`,
      'Response: 200 OK',
      'Access token',
      `  ✓ verified with kid ${kids[0]}`,
      'ID token',
      `  ✓ verified with kid ${kids[0]}`,
    ]);
    expect(stdout).not.toContain('\u001b');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(await Promise.all([service, simulator].map(isServing))).toEqual([false, false]);
  });

  it('signs the same user in when it is run again', async () => {
    const subjects = [await login(), await login()].map(({ stdout }) => /"sub": "(.*)"/.exec(stdout)?.[1]);
    expect(subjects[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(subjects[1]).toBe(subjects[0]);
  });

  it('is no business of .env and the shell', async () => {
    const foreign = {
      NODE_ENV: 'production',
      DATABASE_URL: 'nonsense',
      PORT: 'http',
      WORKERS: '2',
      ADMIN_TOKEN: 'x',
    };
    const lines = Object.entries(foreign).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, '.env'), lines.join(''));
    expect(await login(foreign)).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(serviceEnvironment({ port: 1, simulatorUrl: '' }, ''))).toEqual(
      expect.arrayContaining([...variableNames]),
    );
  });

  it('serves until it is told to end, beside another one, and its commands work as they are printed', async () => {
    const first = await serving();
    const { service, simulator } = urlsIn(first.printed.stdout);
    const other = await login();
    expect(other).toMatchObject({ code: 0, stderr: '' });
    expect(new Set([service, simulator, ...Object.values(urlsIn(other.stdout))]).size).toBe(4);

    const script = /^Try next.*\n([^]*)^Serving until/m.exec(first.printed.stdout)![1]!;
    const { stdout, ...rest } = await runCommand('sh', ['-euc', script], folder);
    expect(rest).toEqual({ code: 0, stderr: '' });
    const [jsCode, ...answers] = stdout.trim().split('\n');
    expect(jsCode).toMatch(/^\w{32}$/);
    const tokens = {
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      scope: 'openid profile phone',
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    };
    expect(answers.map((answer) => JSON.parse(answer) as unknown)).toEqual([
      tokens,
      tokens,
      { keys: expect.any(Array) },
      {
        items: [expect.objectContaining({ type: 'login_succeeded' }), expect.anything(), expect.anything()],
        next_cursor: expect.any(String),
      },
      expect.objectContaining({ issuer: service }),
      { status: 'ok' },
    ]);

    first.process.kill('SIGTERM');
    expect(await first.end).toEqual([0, null]);
    expect(first.printed.stderr).toBe('');
    expect(await Promise.all([service, simulator].map(isServing))).toEqual([false, false]);
  });

  it('ends with 1, its processes and a message when one of them dies', async () => {
    const watch = `setInterval(() => existsSync('die') && process.exit(3), 20);`;
    const { end, printed } = await serving(inTheService(watch));
    await writeFile(join(folder, 'die'), '');
    expect(await end).toEqual([1, null]);
    expect(printed.stderr).toBe('\nThe demo has failed: The service has ended: exit code 3\n');
    expect(await Promise.all(Object.values(urlsIn(printed.stdout)).map(isServing))).toEqual([false, false]);
  });

  it('ends with 1 and what the service said when it cannot start', async () => {
    await writeFile(join(folder, 'data'), 'not a folder');
    const { code, stdout, stderr } = await login();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^\nThe demo has failed: The service has ended: exit code 1\n {2}nest-ciam cannot start: .+\n$/,
    );
  });

  it.each([
    [
      'the answer',
      '"Bearer"',
      '"bearer"',
      /^\nThe demo has failed: Wrong response\n {2}expected: .*"Bearer".*\n/,
    ],
    [
      'a lifetime',
      '"expires_in":2',
      '"expires_in":92',
      /^\nThe demo has failed: Wrong expires_in of 1 to 300 seconds\n/,
    ],
    ['an address', '/oauth2/jwks"', '/jwks"', /^\nThe demo has failed: Wrong jwks_uri of http/],
    [
      'a signature',
      '"n":"',
      '"n":"A',
      /^\nThe demo has failed: The access token cannot be verified: invalid signature\n/,
    ],
    [
      'the key',
      '"RS256","kid":"',
      '"RS256","kid":"0',
      /^\nThe demo has failed: The JWKS has no RS256 key [0-9a-f-]+, which signed/,
    ],
  ])('ends with 1 and says which step is wrong: %s', async (_what, right, wrong, message) => {
    const patch = `const stringify = JSON.stringify;
      JSON.stringify = (...all) => stringify(...all)?.replace(${JSON.stringify(right)}, ${JSON.stringify(wrong)});`;
    const { code, stderr } = await login(inTheService(patch));
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('ends with 2 and says how it is used for an unknown option', async () => {
    const { code, stdout, stderr } = await login({}, ['--twice']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Unknown option '--twice'.*\n\nUsage: npm run demo \[-- --once\]\n/);
  });
});
