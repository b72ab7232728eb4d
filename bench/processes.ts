import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const BOOT_PATIENCE_MS = 30_000;

/** A program of this repository, built, in a process of its own. */
export class Program {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /**
   * @param main below `dist/src`
   * @param environment what the program reads beside its port
   * @param ready a path that answers 200 once it serves
   */
  static async start(
    main: string,
    portVariable: string,
    environment: NodeJS.ProcessEnv,
    ready: string,
  ): Promise<Program> {
    const port = String(await freePort());
    const child = spawn(process.execPath, [join(import.meta.dirname, '../src', main)], {
      env: { PATH: process.env.PATH, [portVariable]: port, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const program = new Program(`http://127.0.0.1:${port}`, child);
    await program.serves(ready);
    return program;
  }

  /** CPU time that the process has used, all its threads, in milliseconds; `NaN` where there is no `/proc`. */
  cpuMs(): number {
    try {
      const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      // utime and stime, in ticks of 10 ms. @see proc(5)
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return NaN;
    }
  }

  /** Memory that the process holds, in MiB; `NaN` where there is no `/proc`. */
  residentMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
    } catch {
      return NaN;
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  private async serves(path: string): Promise<void> {
    for (const deadline = Date.now() + BOOT_PATIENCE_MS; Date.now() < deadline; await delay(50)) {
      if (this.child.exitCode !== null)
        throw new Error(`A program ended with ${this.child.exitCode} at its start`);
      const answer = await fetch(this.url + path).catch(() => undefined);
      if (answer?.ok) return;
    }
    await this.stop();
    throw new Error(`A program did not serve ${path} within ${BOOT_PATIENCE_MS} ms`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
