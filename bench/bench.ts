import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Load, medians, signatureFloor, type Measurement } from './measurement.js';
import { Program } from './processes.js';
import { APP_ID, APP_SECRET, provisioning, scenarios, type Parties } from './scenarios.js';

const REQUESTS = 150;
const ROUNDS = 3;
const CONNECTIONS = 16;

const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-bench-'));
const server = process.env.BENCH_DATABASE_URL ?? process.env.TEST_DATABASE_URLS?.split(/\s+/).find(Boolean);

print(
  `Node ${process.version}, ${availableParallelism()} cores; ${ROUNDS} rounds of ${REQUESTS} requests over`,
);
print(
  `${CONNECTIONS} connections, medians. Load, WeChat simulator and database share the machine with the service,`,
);
print('so the CPU time of the service says more than its requests per second.\n');
print('| database | request | requests/s | p50 ms | p99 ms | CPU ms/request |');
print('| --- | --- | ---: | ---: | ---: | ---: |');
try {
  await bench('SQLite', `sqlite:${join(folder, 'bench.sqlite')}`);
  if (server) await onDatabaseOfItsOwn(server, (url) => bench('MySQL', url));
  print(`| | floor: two RS256 signatures | | | | ${signatureFloor().toFixed(2)} |`);
  if (!server) print('\nBENCH_DATABASE_URL is not set: MySQL was not measured.');
} finally {
  await rm(folder, { recursive: true });
}

async function bench(name: string, databaseUrl: string): Promise<void> {
  const file = join(folder, 'provision.yaml');
  await writeFile(file, provisioning);
  const wechat = await Program.start('simulator/main.js', 'SIMULATOR_PORT', {}, '/simulator/calls');
  try {
    const service = await Program.start(
      'main.js',
      'PORT',
      environment(databaseUrl, wechat.url, file),
      '/health/ready',
    );
    try {
      await run(name, { service: new Load(service, CONNECTIONS), wechat: new Load(wechat, CONNECTIONS) });
    } finally {
      await service.stop();
    }
  } finally {
    await wechat.stop();
  }
}

/** As in production, but for the rate limit and the file's secret. */
function environment(databaseUrl: string, wechatUrl: string, file: string): NodeJS.ProcessEnv {
  return {
    ISSUER: 'https://id.example.com',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PROVISION_FILE: file,
    WECHAT_APP_SECRET: APP_SECRET,
    WECHAT_API_BASE_URL: wechatUrl,
    RATE_LIMIT_PER_MINUTE: '0',
  };
}

async function run(name: string, parties: Parties): Promise<void> {
  await parties.wechat.post('/simulator/apps', { appid: APP_ID, minute_quota_per_user: 0 });
  const people = await parties.wechat.postAll(
    '/simulator/users',
    Array.from({ length: REQUESTS }, () => ({})),
  );
  const users = people.map(({ id }) => String(id));
  // Everybody signs in once: the users are known then, and the code is warm.
  for (const prepare of Object.values(scenarios)) {
    await parties.service.postAll('/oauth2/token', await prepare(parties, users));
  }
  const rounds = new Map(Object.keys(scenarios).map((scenario) => [scenario, [] as Measurement[]]));
  for (let round = 0; round < ROUNDS; round++) {
    // One after the other, so that what the machine does meanwhile meets them all.
    for (const [scenario, prepare] of Object.entries(scenarios)) {
      const requests = await prepare(parties, users);
      rounds.get(scenario)!.push(await parties.service.measure('/oauth2/token', requests));
    }
  }
  for (const [scenario, measurements] of rounds) {
    const { requestsPerSecond, p50, p99, cpu } = medians(measurements);
    const figures = [requestsPerSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1), cpu.toFixed(2)];
    print(`| ${[name, scenario, ...figures].join(' | ')} |`);
  }
  await Promise.all([parties.service.close(), parties.wechat.close()]);
}

async function onDatabaseOfItsOwn(url: string, use: (url: string) => Promise<void>): Promise<void> {
  const name = `ciam_bench_${randomBytes(6).toString('hex')}`;
  const admin = await createConnection({ uri: new URL('/', url).href });
  try {
    await admin.query(`CREATE DATABASE ${name}`);
    await use(Object.assign(new URL(url), { pathname: `/${name}` }).href);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name}`);
    await admin.end();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
