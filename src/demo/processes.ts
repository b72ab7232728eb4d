import { Child, type ChildOptions } from './child.js';
import { DemoFailed } from './demo-failed.js';
import { freePort } from './free-port.js';

/** Somebody else was faster at listening on the port that was free a moment ago. */
const OVERTAKEN = 'EADDRINUSE';

/** The processes of the demo: they live and end with it. */
export class Processes {
  /** Rejects when a process ends that was not told to. */
  readonly death: Promise<never>;
  private readonly alive: Child[] = [];
  private stopping = false;
  private died!: (reason: DemoFailed) => void;

  /** @param show takes what a process complains of */
  constructor(private readonly show: (line: string) => void) {
    this.death = new Promise((_resolve, reject) => (this.died = reject));
    // Whoever waits for it learns of it; until then it is nobody's fault.
    this.death.catch(() => undefined);
    process.once('exit', () => this.alive.forEach((child) => child.kill()));
  }

  /**
   * Starts a process that listens on the port, or on the next free one, and says so with its URL.
   *
   * @returns its port
   * @throws DemoFailed when it ends before
   */
  async listening(firstPort: number, optionsFor: (port: number) => ChildOptions): Promise<number> {
    for (let port = await freePort(firstPort); ; port = await freePort(port + 1)) {
      const child = this.spawn(optionsFor(port));
      if (await child.says(`http://127.0.0.1:${port}`)) {
        this.watch(child);
        return port;
      }
      this.forget(child);
      if (child.complaints.some((line) => line.includes(OVERTAKEN))) continue;
      throw await this.failureOf(child);
    }
  }

  /** Starts a process and asks nothing of it but to live. */
  start(options: ChildOptions): void {
    this.watch(this.spawn(options));
  }

  /** Ends all of them, those first that were started last; none is started any more. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const child of [...this.alive].reverse()) await child.stop();
  }

  private spawn(options: ChildOptions): Child {
    if (this.stopping) throw new DemoFailed(`${options.name} is not started any more`);
    const child = new Child(options);
    this.alive.push(child);
    return child;
  }

  private watch(child: Child): void {
    const show = (line: string) => this.show(`${child.name}: ${line}`);
    child.complaints.splice(0).forEach(show);
    child.onComplaint = show;
    void child.ended.then(async () => {
      this.forget(child);
      this.died(await this.failureOf(child));
    });
  }

  private forget(child: Child): void {
    this.alive.splice(this.alive.indexOf(child), 1);
  }

  private async failureOf(child: Child): Promise<DemoFailed> {
    return new DemoFailed(
      [`${child.name} has ended: ${await child.ended}`, ...child.complaints].join('\n  '),
    );
  }
}
