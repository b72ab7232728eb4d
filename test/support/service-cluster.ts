import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EntityManager } from 'typeorm';
import { type ApplicationSettings } from '../../src/applications/application-settings.js';
import { type AuthSourceSettings } from '../../src/auth-sources/auth-source-settings.js';
import { connect } from '../../src/database/connect.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import {
  startSimulator,
  type RunningSimulator,
  type SimulatorOptions,
} from '../../src/simulator/start-simulator.js';
import { loadEntities } from './entities.js';
import { ISSUER } from '../../src/testing/start-ciam.js';
import { ServiceProcess } from './service-process.js';
import { runCommand, type CommandResult } from './spawned-command.js';
import { createTestDatabase, isMysql } from './test-database.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** How many processes a cluster has. An embedded database is for one process. */
export const PROCESSES = isMysql ? 3 : 1;

export interface ClusterSettings {
  /** The mini programs that the simulator knows. */
  readonly apps: SimulatorOptions['apps'];
  /** What the provisioning file says. */
  readonly provisioned: {
    readonly applications: ApplicationSettings[];
    readonly auth_sources: AuthSourceSettings[];
  };
}

/** An answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One process of a cluster, from its start to its end. */
interface Member {
  readonly process: Promise<ServiceProcess>;
  /** Where it listens, once it does. */
  readonly url: Promise<URL>;
  requestsInFlight: number;
  /** How many requests it has answered, as those who sent them saw it. */
  answers: number;
}

/** A process that was asked to end. */
export interface Retired {
  readonly code: number | null;
  /** Answers that it has given, by its log. */
  readonly given: number;
  /** Answers that have arrived. */
  readonly arrived: number;
}

/** The built service as several processes on one database, with a WeChat simulator behind them. */
export class ServiceCluster {
  private readonly members: Member[];
  private readonly leaving: Member[] = [];

  private constructor(
    /** WeChat, as it is simulated. */
    readonly wechat: RunningSimulator['wechat'],
    /** Runs a command of `npm run cli` on the cluster's database. */
    readonly cli: (...args: string[]) => Promise<CommandResult>,
    private readonly databaseUrl: string,
    private readonly spawn: (environment: Record<string, string>) => ServiceProcess,
    private readonly release: () => Promise<void>,
  ) {
    this.members = Array.from({ length: PROCESSES }, () => this.member());
  }

  /** All processes boot at once, on an empty database. */
  static async start({ apps, provisioned }: ClusterSettings): Promise<ServiceCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
    const database = await createTestDatabase({ shared: true });
    const simulator = await startSimulator({ apps });
    // JSON is YAML.
    await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
    const stored = { DATABASE_URL: database.url, ENCRYPTION_KEY: randomBytes(32).toString('base64') };
    const environment = {
      ...stored,
      PORT: '0',
      ISSUER,
      PROVISION_FILE: 'provision.yaml',
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_TIMEOUT_MS: '60000',
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'info',
    };
    const spawn = (overrides: Record<string, string>) =>
      new ServiceProcess(folder, { ...environment, ...overrides });
    const cli = (...args: string[]) => runCommand(process.execPath, [CLI, ...args], folder, stored);
    const release = async () => {
      await simulator.close();
      await database.drop();
      await rm(folder, { recursive: true });
    };
    const cluster = new ServiceCluster(simulator.wechat, cli, database.url, spawn, release);
    try {
      await cluster.listening();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Resolves when every process listens. */
  async listening(): Promise<void> {
    await Promise.all(this.members.map(({ url }) => url));
  }

  /** Where a process listens, once it does. */
  url(index: number): Promise<URL> {
    return this.members[index]!.url;
  }

  /**
   * Sends a token request as JSON to a process, once it listens.
   *
   * @param index counted on from the last process to the first again
   * @throws ConnectionBroken
   */
  async token(index: number, body: object): Promise<TokenAnswer> {
    const member = this.members[index % PROCESSES]!;
    const url = await member.url;
    member.requestsInFlight++;
    try {
      const answer = await postToken(url, body);
      member.answers++;
      return answer;
    } finally {
      member.requestsInFlight--;
    }
  }

  /** The process that owes the most answers. One that does not listen owes none. */
  busiest(): { index: number; requestsInFlight: number } {
    const members = this.members.map(({ requestsInFlight }, index) => ({ index, requestsInFlight }));
    return members.reduce((one, other) => (other.requestsInFlight > one.requestsInFlight ? other : one));
  }

  /**
   * Kills a process at once if it lives, and starts another in its place, which listens elsewhere.
   *
   * @param environment what is different for the other one
   */
  replace(index: number, environment: Record<string, string> = {}): void {
    const { process } = this.members[index]!;
    const dead = process.then((killed) => {
      killed.signal('SIGKILL');
      return killed.end;
    });
    this.members[index] = this.member(dead, environment);
  }

  /** Asks a process to end, and starts another in its place: requests go there from now on. */
  retire(index: number): void {
    const member = this.members[index]!;
    this.leaving.push(member);
    const ending = member.process.then((started) => {
      started.signal('SIGTERM');
      return started.end;
    });
    // An embedded database is for one process.
    this.members[index] = this.member(ending);
  }

  /** What became of those that were asked to end. */
  retired(): Promise<Retired[]> {
    return Promise.all(
      this.leaving.map(async ({ process, answers }) => {
        const { end, lines } = await process;
        const { code } = await end;
        return { code, given: lines.filter(({ status }) => status !== undefined).length, arrived: answers };
      }),
    );
  }

  /** Looks at the database on a connection that it closes: a killed SQLite process is then the last that had one. */
  async inDatabase<T>(look: (manager: EntityManager) => Promise<T>): Promise<T> {
    const options = dataSourceOptions({ url: this.databaseUrl, poolSize: 1 });
    const dataSource = await connect({ ...options, entities: await loadEntities() });
    try {
      return await look(dataSource.manager);
    } finally {
      await dataSource.destroy();
    }
  }

  /** Changes the database as the service does: whoever is in the way is waited for. */
  inUnitOfWork<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.inDatabase(({ connection }) => new UnitOfWork(connection).run(work));
  }

  async close(): Promise<void> {
    const processes = await Promise.all(this.members.map(({ process }) => process));
    for (const process of processes) process.signal('SIGTERM');
    await Promise.all(processes.map(({ end }) => end));
    await this.release();
  }

  private member(
    after: Promise<unknown> = Promise.resolve(),
    environment: Record<string, string> = {},
  ): Member {
    const process = after.then(() => this.spawn(environment));
    const url = process.then((started) => started.url());
    // Whoever asks where it listens is told why it does not.
    url.catch(() => undefined);
    return { process, url, requestsInFlight: 0, answers: 0 };
  }
}

/** The connection ended before the whole answer was there: nobody knows what became of the request. */
export class ConnectionBroken extends Error {}

/** Sends a token request as JSON. @throws ConnectionBroken */
export async function postToken(url: URL, body: object): Promise<TokenAnswer> {
  const answer = fetch(new URL('/oauth2/token', url), {
    method: 'POST',
    // A connection of its own: one that was kept may just be closed by the other side.
    headers: { 'Content-Type': 'application/json', Connection: 'close' },
    body: JSON.stringify(body),
  }).then(async (response) => [response.status, await response.text()] as const);
  const [status, text] = await answer.catch((cause: unknown) => {
    throw new ConnectionBroken('No answer', { cause });
  });
  return { status, body: JSON.parse(text) as TokenAnswer['body'] };
}
