import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection } from './http/connection.js';
import { get } from './http/requests.js';
import { residentMiB } from './machine/process-tree.js';
import { login, refresh } from './people/login-requests.js';
import { cleaningUp, cleanup } from './programs/cleanup.js';
import { newDatabase } from './programs/database.js';
import { databaseServer } from './programs/mariadb.js';
import { Program } from './programs/program.js';
import { ServiceInstances } from './programs/service.js';
import { Timings } from './timings.js';

const CONNECTIONS = 64;
const SECONDS = Number(process.env.LOAD_SECONDS ?? 60);
/** Of each login's session. */
const REFRESHES = 3;
const HEALTH_EVERY_MS = 20;

print(
  `Node ${process.version}, ${availableParallelism()} cores; ${SECONDS} s of logins, each followed by ${REFRESHES}`,
);
print(`refreshes, over ${CONNECTIONS} connections. Load, WeChat and database share the machine.\n`);

await cleaningUp(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-load-'));
  cleanup(() => rm(folder, { recursive: true, force: true }));
  const wechat = await Program.start({ main: 'bench/wechat/main.js' });
  const instances = await ServiceInstances.in(folder);
  const { url, description } = await databaseServer();
  for (const [name, databaseUrl] of [
    ['SQLite', `sqlite:${join(folder, 'load.sqlite')}`],
    [description, await newDatabase(url)],
  ] as const) {
    const service = await instances.start({ databaseUrl, wechatUrl: wechat.url });
    await load(name, service);
    await service.stop();
  }
});

async function load(name: string, service: Program): Promise<void> {
  const [logins, refreshes, health] = [new Timings(), new Timings(), new Timings()];
  const statuses = new Map<number, number>();
  const end = performance.now() + SECONDS * 1000;
  const isOver = () => performance.now() >= end;
  let strangers = 0;

  /** @returns the refresh token, if there is one */
  async function token(line: HttpConnection, request: Buffer): Promise<string | undefined> {
    const { status, body } = await line.send(request);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    return (JSON.parse(body.toString()) as { refresh_token?: string }).refresh_token;
  }

  /** Signs in again and again, every other time as somebody new, and refreshes in between. */
  async function client(): Promise<void> {
    const line = await HttpConnection.open(service.url);
    const self = strangers++;
    for (let time = 0; !isOver(); time++) {
      const person = time % 2 ? strangers++ : self;
      let held = await logins.of(token(line, login('refresh', person)));
      for (let number = 0; number < REFRESHES && held !== undefined && !isOver(); number++) {
        held = await refreshes.of(token(line, refresh('refresh', held)));
      }
    }
    line.close();
  }

  async function askHealth(): Promise<void> {
    const line = await HttpConnection.open(service.url);
    for (; !isOver(); await delay(HEALTH_EVERY_MS)) await health.of(line.send(get('/health/live')));
    line.close();
  }

  const memory: string[] = [];
  async function watchMemory(): Promise<void> {
    const begin = end - SECONDS * 1000;
    for (const share of [1 / 6, 1 / 2, 1]) {
      await delay(begin + share * SECONDS * 1000 - performance.now());
      memory.push(`${residentMiB(service.pid).toFixed(0)} MiB at ${(share * SECONDS).toFixed(0)} s`);
    }
  }

  await Promise.all([watchMemory(), askHealth(), ...Array.from({ length: CONNECTIONS }, client)]);
  print(`${name}: answers ${[...statuses].map(([status, count]) => `${count} x ${status}`).join(', ')}`);
  print(
    `  logins       ${logins.summary()}\n  refreshes    ${refreshes.summary()}\n  /health/live ${health.summary()}`,
  );
  print(`  memory       ${memory.join(', ')}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
