import { format } from 'node:util';
import { isPublic } from '../applications/application.entity.js';
import { type ApplicationSettings } from '../applications/application-settings.js';
import { GrantTypes } from '../applications/grant-types.js';
import { type AuthSourceSettings } from '../auth-sources/auth-source-settings.js';
import { JsonLogger } from '../logging/json-logger.js';
import { anApplication } from '../testing/factories.js';
import { startCiam, type RunningCiam } from '../testing/start-ciam.js';
import { ConformanceFailure, type GrantUnderTest } from './grant-under-test.js';

const CLIENT_ID = 'conformance-client';
const CLIENT_SECRET = 'the-secret-of-the-conformance-client';
const AUTH_SOURCE_ID = 'conformance-source';
const REFRESH_TOKEN_TTL_S = 3600;

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Parameters = Readonly<Record<string, unknown>>;

/** Where something may be printed without the service's logger. */
const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'dir', 'trace', 'table'] as const;
const STREAMS = ['stdout', 'stderr'] as const;

/** A service of its own with the grant in it, one application that may use it and one auth source. */
export class TestBench {
  private constructor(
    readonly grant: GrantUnderTest,
    readonly ciam: RunningCiam,
    readonly application: ApplicationSettings,
    readonly authSource: AuthSourceSettings,
    private readonly prints: Prints,
  ) {}

  /** All that has been logged or printed, as lines. */
  get printed(): readonly string[] {
    return this.prints.lines;
  }

  /** @throws ConformanceFailure when no strategy answers the grant type; or whatever stops the boot */
  static async start(grant: GrantUnderTest): Promise<TestBench> {
    const prints = new Prints();
    let ciam: RunningCiam | undefined;
    try {
      ciam = await startCiam({
        environment: grant.environment,
        grants: grant.grants,
        applications: [],
        authSources: [],
        logger: new JsonLogger('trace', { write: (line) => void prints.lines.push(line) }),
      });
      const application = applicationFor(grant, ciam);
      const authSource = {
        id: AUTH_SOURCE_ID,
        name: 'Conformance',
        enabled: true,
        applications: [CLIENT_ID],
        ...grant.authSource,
      };
      await ciam.register({ applications: [application], authSources: [authSource] });
      return new TestBench(grant, ciam, application, authSource, prints);
    } catch (error) {
      prints.end();
      await ciam?.close();
      throw error;
    }
  }

  credential(person: string): Promise<Record<string, unknown>> {
    const { client_id, client_secret } = this.application;
    const client = { client_id, client_secret, auth_source_id: this.authSource.id };
    return this.grant.credential(person, this.ciam, client);
  }

  /** Sends a token request of the grant. */
  async ask(parameters: Parameters): Promise<Answer> {
    return this.token({
      grant_type: this.grant.grantType,
      auth_source_id: this.authSource.id,
      ...parameters,
    });
  }

  async refresh(refreshToken: unknown): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** Signs the person in. @throws ConformanceFailure */
  async signIn(person: string): Promise<Answer> {
    const answer = await this.ask(await this.credential(person));
    if (answer.status !== 200) throw new ConformanceFailure(`a credential is not accepted: ${answer.text}`);
    return answer;
  }

  /** The names of its parameters that are secrets. */
  secretsOf(credential: Parameters): string[] {
    const { identifiers = [] } = this.grant;
    return Object.keys(credential).filter(
      (name) => typeof credential[name] === 'string' && !identifiers.includes(name),
    );
  }

  /** The rows of every table, as JSON. */
  async stored(): Promise<string> {
    const query = (sql: string) => this.ciam.dataSource.query<Record<string, unknown>[]>(sql);
    const tables = await query(`SELECT name FROM sqlite_master WHERE type = 'table'`);
    const rows = [];
    for (const { name } of tables) rows.push(await query(`SELECT * FROM "${String(name)}"`));
    return JSON.stringify(rows);
  }

  async count(table: string, where = '1 = 1'): Promise<number> {
    const [row] = await this.ciam.dataSource.query<{ n: number }[]>(
      `SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`,
    );
    return Number(row!.n);
  }

  async close(): Promise<void> {
    this.prints.end();
    await this.ciam.close();
  }

  private async token(body: Parameters): Promise<Answer> {
    const { client_id, client_secret } = this.application;
    const response = await this.ciam.token({ client_id, client_secret, ...body });
    const { status, headers } = response;
    const text = await response.text();
    return { status, headers, text, body: JSON.parse(text) as Record<string, unknown> };
  }
}

function applicationFor({ grantType, application }: GrantUnderTest, ciam: RunningCiam): ApplicationSettings {
  const known = ciam.app.get(GrantTypes, { strict: false }).get(grantType);
  if (!known) throw new ConformanceFailure(`no strategy answers the grant type ${grantType}`);
  const type = known.applicationTypes.find(isPublic) ?? known.applicationTypes[0]!;
  return anApplication({
    client_id: CLIENT_ID,
    type,
    grant_types: type === 'm2m' ? [grantType] : [grantType, 'refresh_token'],
    refresh_token_ttl: type === 'm2m' ? 0 : REFRESH_TOKEN_TTL_S,
    ...(isPublic(type) ? {} : { client_secret: CLIENT_SECRET }),
    ...application,
  });
}

/** Lines that the service logs, and what would be printed beside its logger: the results are not to be among it. */
class Prints {
  readonly lines: string[] = [];
  private readonly originals = { ...console };
  private readonly writes = STREAMS.map(
    (stream) => [stream, process[stream].write.bind(process[stream])] as const,
  );

  constructor() {
    const keep = (...parts: unknown[]) => void this.lines.push(format(...parts));
    Object.assign(console, Object.fromEntries(CONSOLE.map((level) => [level, keep])));
    for (const stream of STREAMS) process[stream].write = (chunk: Uint8Array | string) => this.printed(chunk);
  }

  end(): void {
    Object.assign(console, this.originals);
    for (const [stream, write] of this.writes) process[stream].write = write;
  }

  private printed(chunk: Uint8Array | string): true {
    this.lines.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return true;
  }
}
