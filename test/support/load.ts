import { setTimeout as delay } from 'node:timers/promises';
import { type RunningSimulator } from '../../src/simulator/start-simulator.js';
import { APP_ID, CLIENT_ID, loginRequest } from '../../src/testing/factories.js';
import { decode } from './jwt.js';
import { ConnectionBroken, type TokenAnswer } from './service-cluster.js';

/** Clients of one person: they sign in for the first time at about the same time. */
const PHONES = 2;
/** After so many refreshes the program is started again and logs in; after twice as many somebody else has the phone. */
const REFRESHES = 3;
/** What a client waits after it was not answered as it should have been, in milliseconds. */
const PAUSE_MS = 20;
/** Many more than any recovery takes. */
const MOST_ATTEMPTS = 2000;

/** Where the clients send their requests. */
export interface LoadTarget {
  readonly wechat: RunningSimulator['wechat'];
  /** @param client who sends it, counted from 0. @throws ConnectionBroken */
  token(client: number, body: object): Promise<TokenAnswer>;
}

/** A part of a load, until so many requests are over in it. */
export interface Phase {
  readonly name: string;
  readonly requests: number;
  /** What happens to the service first. */
  readonly begin?: () => unknown;
}

/** How often each outcome was seen: `login 200`, `refresh 503 Service unavailable`, `login broken`. */
export type Outcomes = Record<string, number>;

/** What a client was answered: from then on it must be true. */
export interface Acknowledged {
  readonly person: string;
  readonly subject: string;
  readonly refreshToken: string;
}

/** A mini program on a phone: it logs in, and keeps the newest refresh token that it was answered. */
export class SimulatedClient {
  readonly acknowledged: Acknowledged[] = [];
  refreshToken: string | undefined;
  private generation = 0;
  private refreshes = 0;

  constructor(
    private readonly target: LoadTarget,
    private readonly index: number,
  ) {
    this.target.wechat.addUser({ id: this.person });
  }

  get person(): string {
    return `person-${Math.floor(this.index / PHONES)}-${this.generation}`;
  }

  /** Sends the next request. @returns its outcome */
  async next(): Promise<string> {
    if (this.refreshes >= 2 * REFRESHES) this.changeHands();
    const logsIn = this.refreshToken === undefined || this.refreshes === REFRESHES;
    return logsIn ? await this.login() : await this.refresh();
  }

  /** What a client does that was answered something else: the same again. A code has been spent by then. */
  async refresh(): Promise<string> {
    const body = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: this.refreshToken };
    const answer = await this.send(body);
    if (answer?.status === 200) this.refreshes++;
    // Told that the token is no good, it has to log in.
    if (answer?.body.error === 'invalid_grant') this.refreshToken = undefined;
    return outcome('refresh', answer);
  }

  private async login(): Promise<string> {
    const answer = await this.send(loginRequest(this.target.wechat.login(APP_ID, this.person)));
    if (answer?.status === 200) this.refreshes = this.refreshes === REFRESHES ? REFRESHES + 1 : 0;
    return outcome('login', answer);
  }

  private async send(body: object): Promise<TokenAnswer | undefined> {
    const answer = await this.target.token(this.index, body).catch((error: unknown) => {
      if (error instanceof ConnectionBroken) return undefined;
      throw error;
    });
    if (answer?.status === 200) this.remember(answer);
    else await delay(PAUSE_MS);
    return answer;
  }

  private remember({ body }: TokenAnswer): void {
    this.refreshToken = String(body.refresh_token);
    const subject = String(decode(String(body.access_token)).payload.sub);
    this.acknowledged.push({ person: this.person, subject, refreshToken: this.refreshToken });
  }

  private changeHands(): void {
    this.generation++;
    this.refreshes = 0;
    this.refreshToken = undefined;
    this.target.wechat.addUser({ id: this.person });
  }
}

/** Many clients at once. */
export class Load {
  readonly clients: SimulatedClient[];

  constructor(target: LoadTarget, clients: number) {
    this.clients = Array.from({ length: clients }, (_, index) => new SimulatedClient(target, index));
  }

  /** Everybody sends one request after the other, through all phases. @returns the outcomes by phase */
  async run(phases: readonly Phase[]): Promise<Record<string, Outcomes>> {
    const seen: Record<string, Outcomes> = Object.fromEntries(phases.map(({ name }) => [name, {}]));
    let at = -1;
    let left = 0;
    const goOn = async () => {
      const phase = phases[++at];
      left = phase?.requests ?? 0;
      await phase?.begin?.();
    };
    await goOn();
    const work = async (client: SimulatedClient) => {
      for (let phase = phases[at]; phase; phase = phases[at]) {
        const what = await client.next();
        // A request counts where it ends; the last ones in the last phase.
        const outcomes = seen[(phases[at] ?? phases.at(-1)!).name]!;
        outcomes[what] = (outcomes[what] ?? 0) + 1;
        if (--left === 0) await goOn();
      }
    };
    await Promise.all(this.clients.map(work));
    return seen;
  }

  /** Everybody goes on until answered a token. @throws Error when that never happens */
  async settle(): Promise<void> {
    const settled = async (client: SimulatedClient) => {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        if ((await client.next()).endsWith(' 200')) return;
      }
      throw new Error(`${client.person} is not let in again`);
    };
    await Promise.all(this.clients.map(settled));
  }
}

/** The outcomes of all phases together, or of those that are named. */
export function total(seen: Record<string, Outcomes>, ...phases: string[]): Outcomes {
  const sum: Outcomes = {};
  for (const [name, outcomes] of Object.entries(seen)) {
    if (phases.length > 0 && !phases.includes(name)) continue;
    for (const [what, count] of Object.entries(outcomes)) sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

function outcome(request: string, answer: TokenAnswer | undefined): string {
  if (!answer) return `${request} broken`;
  const { status, body } = answer;
  return status === 200 ? `${request} 200` : `${request} ${status} ${String(body.error_description)}`;
}
