import { In, type EntityManager } from 'typeorm';
import { AuditEvent } from '../../../src/audit/audit-event.entity.js';
import { AccessToken } from '../../../src/tokens/access-token.entity.js';
import { RefreshToken } from '../../../src/tokens/refresh-token.entity.js';
import { Session } from '../../../src/tokens/session.entity.js';
import { ExternalIdentity } from '../../../src/users/external-identity.entity.js';
import { User } from '../../../src/users/user.entity.js';
import { tokenChains } from '../token-chains.js';

/** What the database has of one person. */
export interface Footprint {
  /** The profile of each user that the person is. */
  readonly users: { readonly nickname: string | null; readonly phoneNumber: string | null }[];
  readonly identities: string[];
  /** How many audit events there are of each type. */
  readonly events: Record<string, number>;
  readonly sessions: number;
  readonly refreshTokens: number;
  readonly consumedRefreshTokens: number;
  readonly accessTokens: number;
}

/** @param subjects the person's openid and unionid */
export async function footprintOf(manager: EntityManager, subjects: string[]): Promise<Footprint> {
  const identities = await manager.findBy(ExternalIdentity, { subject: In(subjects) });
  const users = await manager.findBy(User, { id: In(identities.map(({ userId }) => userId)) });
  const userId = In(users.map(({ id }) => id));
  const sessions = await manager.findBy(Session, { userId });
  const sessionId = In(sessions.map(({ id }) => id));
  const tokens = await manager.findBy(RefreshToken, { sessionId });
  const events: Record<string, number> = {};
  for (const { type } of await manager.findBy(AuditEvent, { userId })) events[type] = (events[type] ?? 0) + 1;
  return {
    users: users.map(({ nickname, phoneNumber }) => ({ nickname, phoneNumber })),
    identities: identities.map(({ type }) => type).sort(),
    events,
    sessions: sessions.length,
    refreshTokens: tokens.length,
    consumedRefreshTokens: tokens.filter(({ consumedAt }) => consumedAt !== null).length,
    accessTokens: await manager.countBy(AccessToken, { sessionId }),
  };
}

/** Whatever nobody may find in the database, of anybody: what is wrong, in words. */
export async function damagesOf(manager: EntityManager): Promise<string[]> {
  const damages: string[] = [];
  const owners = new Set((await manager.find(ExternalIdentity)).map(({ userId }) => userId));
  for (const { id } of await manager.find(User))
    if (!owners.has(id)) damages.push(`user ${id} has no identity`);
  for (const { revokedAt, live, strays } of await tokenChains(manager)) {
    if (revokedAt !== null) damages.push('a session has ended');
    if (live.length !== 1) damages.push(`a session has ${live.length} working refresh tokens`);
    if (strays.length > 0) damages.push('a refresh token is nobody’s successor');
  }
  const events = await manager.find(AuditEvent);
  for (const { type } of events) if (!EXPECTED_EVENTS.has(type)) damages.push(`event ${type}`);
  return damages;
}

const EXPECTED_EVENTS = new Set<string>(['user_created', 'user_updated', 'login_succeeded']);
