import fc from 'fast-check';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { hashToken } from '../src/tokens/opaque-token.js';
import { RefreshToken } from '../src/tokens/refresh-token.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import {
  APP_ID,
  APP_SECRET,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { ConnectionBroken, PROCESSES, ServiceCluster, type TokenAnswer } from './support/service-cluster.js';
import { isMysql } from './support/test-database.js';
import { tokenChains } from './support/token-chains.js';

const USERS = 24;
/** Requests with one token at once: a page sends several. */
const PARALLEL = 3;
const KILLS = isMysql ? 8 : 4;
/** What a process has at least to answer when it is killed, so that the kill meets it at work. */
const LEAST_IN_FLIGHT = 8;
/** How many answers there are from one kill to the next: the same in every run. */
const PAUSES = fc.sample(fc.integer({ min: 1, max: 120 }), { seed: 1764, numRuns: KILLS });

/** Requests with one token at once, and how many of them are answered before a process is killed. */
const CROWD = 64;
const CROWD_PAUSES = [1, 8, 30];

const DIES_AFTER = new URL('support/dies-after.js', import.meta.url).href;

/** A signed-in user's mini program: it knows one refresh token, the newest that it was answered. */
interface MiniProgram {
  refreshToken: string;
}

describe('refresh tokens, while processes are killed', () => {
  let cluster: ServiceCluster;
  const miniPrograms: MiniProgram[] = [];

  beforeAll(async () => {
    const application = anApplication({
      grant_types: [JSCODE_GRANT, 'refresh_token'],
      refresh_token_ttl: 3600,
      // Longer than any process takes to start again.
      refresh_reuse_interval: 3600,
    });
    cluster = await ServiceCluster.start({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
      provisioned: { applications: [application], auth_sources: [anAuthSource()] },
    });
  });

  beforeEach(async () => {
    miniPrograms.length = 0;
    await cluster.inUnitOfWork(async (manager) => {
      await manager.deleteAll(Session);
      await manager.deleteAll(AuditEvent);
    });
  });

  afterEach(expectEveryoneToGoOn);

  afterAll(() => cluster.close());

  async function signIn(user: string): Promise<MiniProgram> {
    cluster.wechat.addUser({ id: user });
    const answer = await cluster.token(0, loginRequest(cluster.wechat.login(APP_ID, user)));
    const miniProgram = { refreshToken: refreshTokenIn(answer) };
    miniPrograms.push(miniProgram);
    return miniProgram;
  }

  async function refresh(index: number, refreshToken: string): Promise<string> {
    return refreshTokenIn(await cluster.token(index, refreshBody(refreshToken)));
  }

  const stored = (token: string) =>
    cluster.inDatabase((manager) => manager.findOneByOrFail(RefreshToken, { hash: hashToken(token) }));

  /** Nobody is logged out, nobody is taken for a thief, and no session has two ends. */
  async function expectEveryoneToGoOn(): Promise<void> {
    for (const miniProgram of miniPrograms) {
      miniProgram.refreshToken = await refresh(PROCESSES - 1, miniProgram.refreshToken);
    }
    const ends = miniPrograms.map(({ refreshToken }) => hashToken(refreshToken)).sort();
    expect(await cluster.inDatabase(tokenChains)).toEqual(
      ends.map((end) => ({ revokedAt: null, live: [end], strays: [] })),
    );
    const theft = { type: 'refresh_token_reuse' };
    expect(await cluster.inDatabase((manager) => manager.findBy(AuditEvent, theft))).toEqual([]);
  }

  /** Refreshes, and kills the busiest process whenever so many of them have been answered. */
  function refreshesUnderFire(pauses: readonly number[]) {
    const seen = { refused: [] as TokenAnswer[], broken: 0, kills: 0 };
    let pause = pauses[0]!;

    function killWhenItIsTime(): void {
      const { index, requestsInFlight } = cluster.busiest();
      if (--pause > 0 || requestsInFlight < LEAST_IN_FLIGHT || seen.kills === pauses.length) return;
      cluster.replace(index);
      pause = pauses[++seen.kills] ?? 0;
    }

    /** @returns the successor, or `undefined` when the connection broke */
    async function attempt(index: number, refreshToken: string): Promise<string | undefined> {
      try {
        const answer = await cluster.token(index, refreshBody(refreshToken));
        killWhenItIsTime();
        if (answer.status === 200) return refreshTokenIn(answer);
        seen.refused.push(answer);
      } catch (error) {
        if (!(error instanceof ConnectionBroken)) throw error;
        seen.broken++;
      }
      return undefined;
    }

    /** Several at once, each at the next process. @returns the successors that were answered */
    async function attempts(times: number, start: number, refreshToken: string): Promise<string[]> {
      const all = Array.from({ length: times }, (_, index) => attempt(start + index, refreshToken));
      return (await Promise.all(all)).filter((successor) => successor !== undefined);
    }

    return { seen, attempts };
  }

  it('log nobody out, whoever refreshes and whichever process is killed', async () => {
    const travellers = await Promise.all(
      Array.from({ length: USERS }, (_, index) => signIn(`traveller-${index}`)),
    );
    const { seen, attempts } = refreshesUnderFire(PAUSES);
    const successors = new Map<string, Set<string>>();

    /** Refreshes again and again, at one process after the other. */
    async function travel(traveller: MiniProgram, start: number): Promise<void> {
      for (let next = start; seen.kills < KILLS; next++) {
        const { refreshToken } = traveller;
        const known = successors.get(refreshToken) ?? new Set();
        successors.set(refreshToken, known);
        for (const successor of await attempts(PARALLEL, next, refreshToken)) known.add(successor);
        traveller.refreshToken = [...known][0] ?? refreshToken;
      }
    }

    await Promise.all(travellers.map(travel));
    await cluster.listening();
    expect(seen.refused).toEqual([]);
    expect([...successors.values()].filter(({ size }) => size > 1)).toEqual([]);
    expect(seen.broken).toBeGreaterThanOrEqual(KILLS);
  });

  it.each(CROWD_PAUSES)(
    'leave a token that a crowd brings at once one successor: after %i answers',
    async (pause) => {
      const traveller = await signIn('one of a crowd');
      const { seen, attempts } = refreshesUnderFire([pause]);
      const successors = new Set(await attempts(CROWD, 0, traveller.refreshToken));
      expect({ ...seen, broken: seen.broken > 0 }).toEqual({ refused: [], broken: true, kills: 1 });
      expect(successors.size).toBe(1);
      await cluster.listening();
      // Whoever lost the answer is told the same.
      expect(await refresh(0, traveller.refreshToken)).toBe([...successors][0]);
    },
  );

  it.each([
    { statement: 'UPDATE', committed: false },
    { statement: 'INSERT', committed: false },
    { statement: 'COMMIT', committed: true },
  ])('lose nothing when a process dies after $statement', async ({ statement, committed }) => {
    const { refreshToken } = await signIn('passenger');
    cluster.replace(0, { NODE_OPTIONS: `--import=${DIES_AFTER}`, DIES_AFTER: statement });
    await expect(refresh(0, refreshToken)).rejects.toThrow(ConnectionBroken);
    const { consumedAt, successorHash } = await stored(refreshToken);
    cluster.replace(0);
    expect(consumedAt !== null).toBe(committed);
    const successor = await refresh(1, refreshToken);
    expect(await refresh(2, refreshToken)).toBe(successor);
    expect(successorHash).toBe(committed ? hashToken(successor) : null);
  });
});

function refreshBody(refreshToken: string): object {
  return { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: refreshToken };
}

function refreshTokenIn({ status, body }: TokenAnswer): string {
  expect([status, body]).toEqual([200, expect.objectContaining({ refresh_token: expect.any(String) })]);
  return String(body.refresh_token);
}
