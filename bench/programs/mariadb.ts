import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { cleanup } from './cleanup.js';
import { freePort, stop } from './program.js';

const ASK_AGAIN_MS = 50;

export interface DatabaseServer {
  readonly url: string;
  /** Absent when the server is not ours. */
  readonly pid: number | undefined;
  readonly description: string;
}

/** The server that `BENCH_DATABASE_URL` names, or one of our own that ends with us. */
export async function databaseServer(): Promise<DatabaseServer> {
  const named = process.env.BENCH_DATABASE_URL;
  const server = named ? { url: named, pid: undefined } : await ownServer();
  const connection = await createConnection({ uri: new URL('/', server.url).href });
  const [rows] = await connection.query('SELECT VERSION() AS version');
  await connection.end();
  const [{ version }] = rows as [{ version: string }];
  return { ...server, description: `${version}${named ? ' (BENCH_DATABASE_URL)' : ''}` };
}

/** MariaDB as installed: every commit is on the disk before it is acknowledged; memory for a million users. */
async function ownServer(): Promise<{ url: string; pid: number | undefined }> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-bench-mariadb-'));
  cleanup(() => rm(folder, { recursive: true, force: true }));
  // The server runs as another user than root, and is to see its folder.
  await chmod(folder, 0o777);
  const data = join(folder, 'data');
  const shared = [
    '--no-defaults',
    `--datadir=${data}`,
    ...(process.getuid?.() === 0 ? ['--user=mysql'] : []),
  ];
  const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  const installing = spawn('mariadb-install-db', [...shared, ...install], { env, stdio: 'ignore' });
  const [code] = (await once(installing, 'close')) as [number];
  if (code !== 0) throw new Error(`mariadb-install-db ended with ${code}`);
  const port = await freePort();
  const options = [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'sql.sock')}`,
    `--pid-file=${join(folder, 'sql.pid')}`,
    '--innodb-buffer-pool-size=3G',
    '--innodb-log-file-size=1G',
    '--innodb-flush-log-at-trx-commit=1',
    // As for a disk without moving parts: by default the rows of a million users are written out for many minutes.
    '--innodb-io-capacity=10000',
    '--innodb-io-capacity-max=20000',
  ];
  const logFile = join(folder, 'log');
  const log = await open(logFile, 'a');
  const server = spawn('mariadbd', [...shared, ...options], { env, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  cleanup(() => stop(server));
  const url = `mysql://root@127.0.0.1:${port}/`;
  while (!(await answers(url))) {
    if (hasEnded(server)) throw new Error(`mariadbd has ended:\n${await readFile(logFile, 'utf8')}`);
    await delay(ASK_AGAIN_MS);
  }
  return { url, pid: server.pid };
}

/** Debian has servers where only root looks. */
const env = { PATH: `${process.env.PATH}:/usr/sbin:/usr/bin` };

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function answers(uri: string): Promise<boolean> {
  try {
    await (await createConnection({ uri })).end();
    return true;
  } catch {
    return false;
  }
}
