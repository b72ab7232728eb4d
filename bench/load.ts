import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { Load, type Json } from './measurement.js';
import { onDatabaseOfItsOwn, server, withPrograms, type Programs } from './programs.js';
import { APP_ID, client_id, login } from './scenarios.js';
import { Timings } from './timings.js';

const CONNECTIONS = 64;
const SECONDS = Number(process.env.LOAD_SECONDS ?? 60);
/** Of each login's session. */
const REFRESHES = 3;
const HEALTH_EVERY_MS = 20;

const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-load-'));

print(
  `Node ${process.version}, ${availableParallelism()} cores; ${SECONDS} s of logins, each followed by ${REFRESHES}`,
);
print(`refreshes, over ${CONNECTIONS} connections. Load, WeChat simulator and database share the machine.\n`);
try {
  await load('SQLite', `sqlite:${join(folder, 'load.sqlite')}`);
  if (server) await onDatabaseOfItsOwn(server, (url) => load('MySQL', url));
  else print('BENCH_DATABASE_URL is not set: MySQL was not measured.');
} finally {
  await rm(folder, { recursive: true });
}

function load(name: string, databaseUrl: string): Promise<void> {
  return withPrograms(folder, databaseUrl, (programs) => run(name, programs));
}

async function run(name: string, { service, wechat }: Programs): Promise<void> {
  const control = new Load(wechat, CONNECTIONS);
  await control.post('/simulator/apps', { appid: APP_ID, minute_quota_per_user: 0 });
  const clients = new Pool(service.url, { connections: CONNECTIONS });
  const orchestrator = new Pool(service.url, { connections: 1 });
  const [logins, refreshes, health] = [new Timings(), new Timings(), new Timings()];
  const statuses = new Map<number, number>();
  const end = performance.now() + SECONDS * 1000;
  const isOver = () => performance.now() >= end;

  async function token(body: Json): Promise<Json> {
    const headers = { 'content-type': 'application/json' };
    const request = { path: '/oauth2/token', method: 'POST', headers, body: JSON.stringify(body) } as const;
    const { statusCode, body: answer } = await clients.request(request);
    const read = (await answer.json()) as Json;
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    return read;
  }

  /** Signs in again and again, every other time as somebody new, and refreshes in between. */
  async function client(): Promise<void> {
    const { id } = await control.post('/simulator/users', {});
    for (let time = 0; !isOver(); time++) {
      const code = await control.post('/simulator/codes', {
        appid: APP_ID,
        ...(time % 2 ? {} : { user: id }),
      });
      let { refresh_token } = await logins.of(token(login(code)));
      for (let refresh = 0; refresh < REFRESHES && !isOver(); refresh++) {
        const body = { grant_type: 'refresh_token', client_id, refresh_token };
        ({ refresh_token } = await refreshes.of(token(body)));
      }
    }
  }

  async function askHealth(): Promise<void> {
    for (; !isOver(); await delay(HEALTH_EVERY_MS)) {
      const { body } = await health.of(orchestrator.request({ path: '/health/live', method: 'GET' }));
      await body.dump();
    }
  }

  const memory: string[] = [];
  async function watchMemory(): Promise<void> {
    const begin = end - SECONDS * 1000;
    for (const share of [1 / 6, 1 / 2, 1]) {
      await delay(begin + share * SECONDS * 1000 - performance.now());
      memory.push(`${service.residentMiB().toFixed(0)} MiB at ${(share * SECONDS).toFixed(0)} s`);
    }
  }

  await Promise.all([watchMemory(), askHealth(), ...Array.from({ length: CONNECTIONS }, client)]);
  print(`${name}: answers ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')}`);
  print(
    `  logins       ${logins.summary()}\n  refreshes    ${refreshes.summary()}\n  /health/live ${health.summary()}`,
  );
  print(`  memory       ${memory.join(', ')}\n`);
  await Promise.all([control.close(), clients.close(), orchestrator.close()]);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
