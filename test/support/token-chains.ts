import { type EntityManager } from 'typeorm';
import { RefreshToken } from '../../src/tokens/refresh-token.entity.js';
import { Session } from '../../src/tokens/session.entity.js';

/** A session as its refresh tokens tell it: from the first, each consumed token leads to its successor. */
export interface TokenChain {
  readonly revokedAt: Date | null;
  /** Hashes of the tokens that have not been consumed. */
  readonly live: string[];
  /** Hashes of the tokens that the first does not lead to. */
  readonly strays: string[];
}

/** The chains of all sessions, ordered by their live tokens. */
export async function tokenChains(manager: EntityManager): Promise<TokenChain[]> {
  const sessions = await manager.find(Session);
  const tokens = await manager.find(RefreshToken, { order: { hash: 'ASC' } });
  const chains = sessions.map(({ id, revokedAt }) => {
    const own = tokens.filter(({ sessionId }) => sessionId === id);
    const live = own.filter(({ consumedAt }) => consumedAt === null).map(({ hash }) => hash);
    return { revokedAt, live, strays: straysOf(own) };
  });
  return chains.sort((one, other) => (String(one.live) < String(other.live) ? -1 : 1));
}

function straysOf(tokens: RefreshToken[]): string[] {
  const rest = new Map(tokens.map((token) => [token.hash, token]));
  const successors = new Set(tokens.map(({ successorHash }) => successorHash));
  let token = tokens.find(({ hash }) => !successors.has(hash));
  while (token) {
    rest.delete(token.hash);
    token = rest.get(token.successorHash ?? '');
  }
  return [...rest.keys()];
}
