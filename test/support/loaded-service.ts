import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { forgetEverybody } from './forget-everybody.js';
import { Load, total, type Outcomes, type Phase } from './load.js';
import { strandedClients, violations } from './invariants.js';
import { startService, type RunningService } from './service.js';
import { type TokenAnswer } from './service-cluster.js';
import { registerSessions } from './sessions.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import { createTestDatabase, isMysql, type TestDatabase } from './test-database.js';

const CLIENTS = 12;

/** Answers that a client may be given whatever happens; beside them only what a test names. */
const RIGHT = ['login 200', 'refresh 200'];

/** A service in this process with many clients, and a line to its database that can be cut. */
export class LoadedService {
  private constructor(
    readonly service: RunningService,
    readonly database: TestDatabase,
    /** An embedded database has none. */
    private readonly proxy: TcpProxy | undefined,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<LoadedService> {
    const database = await createTestDatabase({ shared: true });
    const url = new URL(database.url);
    const line = isMysql ? await startTcpProxy(url.hostname, Number(url.port || 3306)) : undefined;
    if (line) url.host = `127.0.0.1:${line.port}`;
    const service = await startService({
      DATABASE_URL: url.href,
      DATABASE_POOL_SIZE: '4',
      // Longer than the simulator, in this process too, is ever held up.
      WECHAT_TIMEOUT_MS: '30000',
      ...environment,
    });
    await registerSessions(service);
    return new LoadedService(service, database, line);
  }

  get line(): TcpProxy {
    if (!this.proxy) throw new Error('An embedded database has no line');
    return this.proxy;
  }

  /**
   * Runs the load through all phases, and a last one, `afterwards`, in which everybody is let in again.
   *
   * @param allowed outcomes that are right in these phases, beside 200
   * @returns the outcomes by phase
   */
  async endures(phases: readonly Phase[], allowed: readonly string[]): Promise<Record<string, Outcomes>> {
    const load = this.newLoad();
    const seen = await load.run(phases);
    await load.settle();
    const others = Object.entries(total(seen)).filter(([what]) => ![...RIGHT, ...allowed].includes(what));
    expect(Object.fromEntries(others)).toEqual({});
    await this.expectAllWell(load);
    return seen;
  }

  newLoad(): Load {
    const { simulator } = this.service;
    const token = async (_: number, body: object) => {
      const response = await this.service.token(body);
      return { status: response.status, body: (await response.json()) as TokenAnswer['body'] };
    };
    return new Load({ wechat: simulator.wechat, token }, CLIENTS);
  }

  async expectAllWell(load: Load): Promise<void> {
    expect(await strandedClients(load.clients)).toEqual([]);
    expect(await violations(this.service.dataSource.manager, load.clients)).toEqual([]);
    expect((await fetch(`${this.service.url}/health/ready`)).status).toBe(200);
  }

  forgetEverybody(): Promise<void> {
    return this.service.app.get(UnitOfWork).run(forgetEverybody);
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.proxy?.close();
    await this.database.drop();
  }
}
