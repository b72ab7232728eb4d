import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleanup } from './cleanup.js';

const BOOT_PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 5;
const DIST = join(import.meta.dirname, '../..');

export interface ProgramOptions {
  /** Below `dist`. */
  readonly main: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly nodeOptions?: readonly string[];
  /** A path that answers 200 once the program serves. */
  readonly ready?: string;
}

/** A program of this repository, built, in a process of its own. */
export class Program {
  /** From its start until it served, in milliseconds. */
  bootMs: number;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    /** From now on its end is ours. */
    private readonly isOver: () => void,
  ) {}

  static async start({
    main,
    environment = {},
    nodeOptions = [],
    ready = '/',
  }: ProgramOptions): Promise<Program> {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const start = performance.now();
    const child = spawn(process.execPath, [...nodeOptions, join(DIST, main)], {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: port, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const untimely = (code: number | null, signal: string | null) => {
      process.stderr.write(`${main} has ended with ${signal ?? code}\n`);
    };
    child.once('exit', untimely);
    const program = new Program(url, child, () => child.off('exit', untimely));
    cleanup(() => program.stop());
    await serves(child, url + ready);
    program.bootMs = performance.now() - start;
    return program;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async stop(): Promise<void> {
    this.isOver();
    await stop(this.child);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function serves(child: ChildProcess, url: string): Promise<void> {
  for (const deadline = performance.now() + BOOT_PATIENCE_MS; performance.now() < deadline;) {
    if (child.exitCode !== null) throw new Error(`A program ended with ${child.exitCode} at its start`);
    if ((await status(url)) === 200) return;
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`${url} did not serve within ${BOOT_PATIENCE_MS} ms`);
}

/** `undefined` when nobody listens yet. */
function status(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', () => resolve(undefined));
  });
}
