import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** A line of the log, parsed. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string; readonly pid?: number };

/** The built service as a process of its own, with what it prints. */
export class ServiceProcess {
  readonly lines: LogLine[] = [];
  stderr = '';
  /** How the process ended, once all it printed has been read. */
  readonly end: Promise<{ code: number | null; signal: string | null }>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly printed = new EventEmitter();
  private ended = false;
  private rest = '';

  /**
   * @param environment all of its variables, `PATH` excepted
   * @param main the built service, or a copy of it
   */
  constructor(folder: string, environment: Record<string, string>, main = MAIN) {
    this.child = spawn(process.execPath, [main], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.on('data', (bytes: Buffer) => this.read(bytes.toString()));
    this.child.stderr.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.end = once(this.child, 'close').then(([code, signal]) => {
      this.ended = true;
      this.printed.emit('line');
      return { code: code as number | null, signal: signal as string | null };
    });
  }

  /** The first `count` lines whose message begins so; fails when the process ends before. */
  async said(beginning: string, count = 1): Promise<LogLine[]> {
    for (;;) {
      const found = this.lines.filter(({ msg }) => msg?.startsWith(beginning));
      if (found.length >= count) return found.slice(0, count);
      if (this.ended) throw new Error(`The service ended without saying "${beginning}":\n${this.stderr}`);
      await once(this.printed, 'line');
    }
  }

  /** Where it listens, once it does. */
  async url(): Promise<URL> {
    const [line] = await this.said('Listening on ');
    return new URL(line!.msg!.slice('Listening on '.length));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  private read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    this.lines.push(...lines.map((line) => JSON.parse(line) as LogLine));
    this.printed.emit('line');
  }
}

/** A connection to the service, byte by byte. */
export class RawConnection {
  received = '';
  readonly closed: Promise<unknown>;

  private constructor(private readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('data', (bytes) => (this.received += bytes.toString()));
    // A connection that is reset is closed too.
    socket.on('error', () => undefined);
  }

  static async to(url: URL): Promise<RawConnection> {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Ends it at once, whatever is still to come. */
  abandon(): void {
    this.socket.destroy();
  }

  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) await once(this.socket, 'data');
  }
}
