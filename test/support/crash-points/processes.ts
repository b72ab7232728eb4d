import { fileURLToPath } from 'node:url';
import { CLIENT_ID } from '../../../src/testing/factories.js';
import { type ServiceProcess } from '../service-process.js';

export interface CrashableProcess {
  readonly process: ServiceProcess;
  /** Sends a token request as JSON. */
  readonly send: (body: object, headers?: Record<string, string>) => Promise<Response>;
}

const PRELOAD = fileURLToPath(new URL('crash-points.js', import.meta.url));

/** Processes of an instrumented build, each for one request; some boot ahead while others are used. */
export class CrashableProcesses {
  private readonly booting: Promise<CrashableProcess>[] = [];
  private readonly started: ServiceProcess[] = [];

  constructor(
    private readonly spawn: (environment: Record<string, string>, main: string) => ServiceProcess,
    private readonly main: string,
    private readonly ahead = 2,
  ) {
    this.refill();
  }

  /** One whose caches are full. */
  take(): Promise<CrashableProcess> {
    const process = this.booting.shift()!;
    this.refill();
    return process;
  }

  async close(): Promise<void> {
    for (const process of this.started) process.signal('SIGKILL');
    await Promise.all(this.started.map(({ end }) => end));
  }

  private refill(): void {
    while (this.booting.length < this.ahead) {
      const process = this.boot();
      // Whoever takes it is told.
      process.catch(() => undefined);
      this.booting.push(process);
    }
  }

  private async boot(): Promise<CrashableProcess> {
    const process = this.spawn({ NODE_OPTIONS: `--import=${PRELOAD}` }, this.main);
    this.started.push(process);
    const url = await process.url();
    const send = (body: object, headers: Record<string, string> = {}) => postToken(url, body, headers);
    const refused = await send({
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: 'unknown',
    });
    if (refused.status !== 400) throw new Error(`Answered ${refused.status}`);
    return { process, send };
  }
}

function postToken(url: URL, body: object, headers: Record<string, string>): Promise<Response> {
  return fetch(new URL('/oauth2/token', url), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
    body: JSON.stringify(body),
  });
}
