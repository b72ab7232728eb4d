import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { DemoFailed } from './demo-failed.js';
import { DATABASE, serviceEnvironment } from './environment.js';
import { freePort } from './free-port.js';
import { Login } from './login.js';
import { nextSteps, type NextStep } from './next-steps.js';
import { type Page } from './page.js';
import { type Processes } from './processes.js';

const SERVICE_PORT = 3000;
const SIMULATOR_PORT = 9100;
const READY_WITHIN_MS = 60_000;

/** The simulator and the service as processes, and what the demo does with them. */
export class Demo {
  /**
   * @param root the folder of `package.json`
   * @param shell the environment of the shell; what the service is set up with is the demo's own
   */
  constructor(
    private readonly page: Page,
    private readonly processes: Processes,
    private readonly root: string,
    private readonly shell: NodeJS.ProcessEnv,
  ) {}

  /**
   * Starts both and logs a user in.
   *
   * @returns what to try next
   * @throws DemoFailed at the first step that is wrong
   */
  async play(): Promise<NextStep[]> {
    const simulatorUrl = await this.startSimulator();
    const port = await this.processes.listening(SERVICE_PORT, (port) => ({
      name: 'The service',
      args: [join(this.root, 'dist/src/main.js')],
      env: this.environment(port, simulatorUrl),
    }));
    const serviceUrl = `http://127.0.0.1:${port}`;
    await ready(`${serviceUrl}/health/ready`);
    this.introduce({ 'WeChat simulator': simulatorUrl, Service: serviceUrl, Database: DATABASE });
    await new Login(this.page, serviceUrl, simulatorUrl).run();
    return nextSteps(serviceUrl, simulatorUrl);
  }

  /** Prints what to try next. */
  invite(steps: readonly NextStep[]): void {
    this.page.heading('Try next, in another terminal');
    for (const { title, command } of steps) {
      this.page.line();
      this.page.line(`# ${title}`);
      this.page.command(command);
    }
    this.page.heading('Serving until Ctrl-C');
  }

  /** Starts the simulator, and the service anew whenever a source file changes. */
  async watch(): Promise<void> {
    const simulatorUrl = await this.startSimulator();
    const port = await freePort(SERVICE_PORT);
    this.introduce({
      'WeChat simulator': simulatorUrl,
      Service: `http://127.0.0.1:${port}`,
      Database: DATABASE,
    });
    this.processes.start({
      name: 'nest start --watch',
      args: [
        join(this.root, 'node_modules/@nestjs/cli/bin/nest.js'),
        'start',
        '--watch',
        '--preserveWatchOutput',
        '--no-shell',
      ],
      env: this.environment(port, simulatorUrl),
      inherit: true,
    });
  }

  private async startSimulator(): Promise<string> {
    const port = await this.processes.listening(SIMULATOR_PORT, (port) => ({
      name: 'The WeChat simulator',
      args: [join(this.root, 'dist/src/simulator/main.js')],
      env: { ...this.shell, SIMULATOR_PORT: String(port) },
    }));
    return `http://127.0.0.1:${port}`;
  }

  private environment(port: number, simulatorUrl: string): NodeJS.ProcessEnv {
    return {
      ...this.shell,
      ...serviceEnvironment({ port, simulatorUrl }, join(this.root, 'provision.example.yaml')),
    };
  }

  private introduce(facts: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries({ ...facts, 'Provisioned by': 'provision.example.yaml' })) {
      this.page.line(`${name.padEnd(18)}${value}`);
    }
  }
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (let last = 'no answer'; ; await delay(100)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer) last = await answer.text();
    if (Date.now() > deadline) throw new DemoFailed(`The service does not become ready: ${last}`);
  }
}
