import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Load, medians, signatureFloor, type Measurement } from './measurement.js';
import { onDatabaseOfItsOwn, server, withPrograms } from './programs.js';
import { APP_ID, scenarios, type Parties } from './scenarios.js';

const REQUESTS = 150;
const ROUNDS = 3;
const CONNECTIONS = 16;

const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-bench-'));

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

function bench(name: string, databaseUrl: string): Promise<void> {
  return withPrograms(folder, databaseUrl, ({ service, wechat }) =>
    run(name, { service: new Load(service, CONNECTIONS), wechat: new Load(wechat, CONNECTIONS) }),
  );
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
