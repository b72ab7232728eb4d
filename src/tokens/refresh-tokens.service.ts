import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { hashToken, newOpaqueToken, openSuccessor, sealSuccessor } from './opaque-token.js';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';

/** Lifetimes of an application's refresh tokens, in seconds. */
export interface RefreshPolicy {
  readonly clientId: string;
  /** How long a token may stay unused. */
  readonly refreshTokenTtl: number;
  /** How long a session may last. */
  readonly refreshTokenMaxTtl: number;
  /** How long a consumed token still answers, with the same successor. */
  readonly refreshReuseInterval: number;
}

/** What a presented token turned out to be. */
export type PresentedToken =
  | { readonly state: 'usable'; readonly token: RefreshToken; readonly session: Session }
  /** Used again after its successor was used, or too late: somebody else has it. */
  | { readonly state: 'reused'; readonly session: Session }
  /** Unknown, expired, revoked, or another client's. */
  | { readonly state: 'invalid' };

/** Refresh-token families. Every method runs in the caller's unit of work. @see RFC 9700 §4.14 */
@Injectable()
export class RefreshTokensService {
  /** Starts a session. @returns its first refresh token, 128 base64url characters */
  async open(
    manager: EntityManager,
    policy: RefreshPolicy,
    session: Pick<Session, 'userId' | 'authSourceId' | 'scopes'>,
  ): Promise<string> {
    const now = Date.now();
    const expiresAt = new Date(now + policy.refreshTokenMaxTtl * 1000);
    const id = uuid();
    await manager.insert(Session, {
      ...session,
      id,
      clientId: policy.clientId,
      createdAt: new Date(now),
      expiresAt,
      revokedAt: null,
    });
    return this.add(manager, policy, { id, expiresAt }, newOpaqueToken(), now);
  }

  /** Looks a token up; changes nothing. */
  async present(manager: EntityManager, policy: RefreshPolicy, presented: string): Promise<PresentedToken> {
    const hash = hashToken(presented);
    const token = await manager.findOne(RefreshToken, { where: { hash }, relations: { session: true } });
    const now = Date.now();
    if (token?.session.clientId !== policy.clientId || token.session.revokedAt) return { state: 'invalid' };
    const { session } = token;
    if (token.expiresAt.getTime() <= now || session.expiresAt.getTime() <= now) return { state: 'invalid' };
    if (!token.consumedAt) return { state: 'usable', token, session };
    const answersUntil = token.consumedAt.getTime() + policy.refreshReuseInterval * 1000;
    const successor = await manager.findOneBy(RefreshToken, { hash: token.successorHash! });
    const isReplay = now < answersUntil && successor !== null && !successor.consumedAt;
    return isReplay ? { state: 'usable', token, session } : { state: 'reused', session };
  }

  /**
   * Exchanges a usable token for its successor: a new one the first time, the same one for as long as it answers.
   *
   * @returns the successor, or `undefined` when another request consumed the token first: present it again
   */
  async rotate(
    manager: EntityManager,
    policy: RefreshPolicy,
    presented: string,
    { token, session }: Extract<PresentedToken, { state: 'usable' }>,
  ): Promise<string | undefined> {
    if (token.successorSealed) return openSuccessor(presented, token.successorSealed);
    const successor = newOpaqueToken();
    const now = Date.now();
    const { affected } = await manager.update(
      RefreshToken,
      { hash: token.hash, consumedAt: IsNull() },
      {
        consumedAt: new Date(now),
        successorHash: hashToken(successor),
        successorSealed: sealSuccessor(presented, successor),
      },
    );
    return affected === 1 ? this.add(manager, policy, session, successor, now) : undefined;
  }

  /** Ends a session: none of its refresh tokens works again. @returns whether it was not over already */
  async revoke(manager: EntityManager, session: Session): Promise<boolean> {
    const ended = { id: session.id, revokedAt: IsNull() };
    const { affected } = await manager.update(Session, ended, { revokedAt: new Date() });
    return affected === 1;
  }

  private async add(
    manager: EntityManager,
    policy: RefreshPolicy,
    session: Pick<Session, 'id' | 'expiresAt'>,
    token: string,
    now: number,
  ): Promise<string> {
    const unusedUntil = now + policy.refreshTokenTtl * 1000;
    await manager.insert(RefreshToken, {
      hash: hashToken(token),
      sessionId: session.id,
      createdAt: new Date(now),
      expiresAt: new Date(Math.min(unusedUntil, session.expiresAt.getTime())),
      consumedAt: null,
      successorHash: null,
      successorSealed: null,
    });
    return token;
  }
}
