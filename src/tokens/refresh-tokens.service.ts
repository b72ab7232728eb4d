import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, type EntityManager, type Repository } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AccessTokensService } from './access-tokens.service.js';
import { hashToken, newOpaqueToken, openSuccessor, sealSuccessor } from './opaque-token.js';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';

/** Lifetimes of an application's tokens, in seconds. */
export interface RefreshPolicy {
  readonly clientId: string;
  readonly accessTokenTtl: number;
  /** How long a token may stay unused. */
  readonly refreshTokenTtl: number;
  /** How long a session may last. */
  readonly refreshTokenMaxTtl: number;
  /** How long a consumed token still answers, with the same successor. */
  readonly refreshReuseInterval: number;
}

/** What the holder of a session is given. */
export interface SessionTokens {
  /** 128 base64url characters. */
  readonly refreshToken: string;
  /** The id of the access token that comes with it, and ends with the session. */
  readonly jti: string;
}

export interface UsableToken {
  readonly state: 'usable';
  readonly token: RefreshToken;
  readonly session: Session;
}

/** What a presented token turned out to be. */
export type PresentedToken =
  | UsableToken
  /** Used again after its successor was used, or too late: somebody else has it. */
  | { readonly state: 'reused'; readonly session: Session }
  /** Unknown, expired, revoked, or another client's. */
  | { readonly state: 'invalid' };

/** Refresh-token families. What changes them runs in the caller's unit of work. @see RFC 9700 §4.14 */
@Injectable()
export class RefreshTokensService {
  constructor(
    @InjectRepository(RefreshToken) private readonly refreshTokens: Repository<RefreshToken>,
    private readonly accessTokens: AccessTokensService,
  ) {}

  /** Starts a session. */
  async open(
    manager: EntityManager,
    policy: RefreshPolicy,
    signIn: Pick<Session, 'userId' | 'authSourceId' | 'scopes'>,
  ): Promise<SessionTokens> {
    const now = Date.now();
    const expiresAt = new Date(now + policy.refreshTokenMaxTtl * 1000);
    const id = uuid();
    await manager.insert(Session, {
      ...signIn,
      id,
      clientId: policy.clientId,
      createdAt: new Date(now),
      expiresAt,
      revokedAt: null,
    });
    const refreshToken = newOpaqueToken();
    await this.addRefreshToken(manager, policy, { id, expiresAt }, refreshToken, now);
    return { refreshToken, jti: await this.accessTokens.remember(manager, id, policy.accessTokenTtl) };
  }

  /**
   * A token with its session, in whatever state they are.
   *
   * @param manager of the unit of work that the answer matters to, if there is one
   */
  async find(
    token: string,
    manager: EntityManager = this.refreshTokens.manager,
  ): Promise<RefreshToken | undefined> {
    const where = { hash: hashToken(token) };
    return (await manager.findOne(RefreshToken, { where, relations: { session: true } })) ?? undefined;
  }

  /** Looks a token up for an exchange; changes nothing. */
  async present(manager: EntityManager, policy: RefreshPolicy, presented: string): Promise<PresentedToken> {
    const token = await this.find(presented, manager);
    const now = Date.now();
    if (token?.session.clientId !== policy.clientId || token.session.revokedAt) return { state: 'invalid' };
    const { session } = token;
    if (token.expiresAt.getTime() <= now || session.expiresAt.getTime() <= now) return { state: 'invalid' };
    if (!token.consumedAt) return { state: 'usable', token, session };
    const answersUntil = token.consumedAt.getTime() + policy.refreshReuseInterval * 1000;
    const successor = await manager.findOneBy(RefreshToken, { hash: token.successorHash! });
    const isOver = now >= answersUntil || token.successorSealed === null;
    if (isOver || successor?.consumedAt) return { state: 'reused', session };
    // A successor that lived shorter, because the lifetime was shortened, may have expired and be gone.
    return successor ? { state: 'usable', token, session } : { state: 'invalid' };
  }

  /**
   * Exchanges a usable token for its successor: a new one the first time, the same one for as long as it answers.
   *
   * @returns the successor and a new access token, or `undefined` when another request consumed the token first: present it again
   */
  async rotate(
    manager: EntityManager,
    policy: RefreshPolicy,
    presented: string,
    usable: UsableToken,
  ): Promise<SessionTokens | undefined> {
    const { token, session } = usable;
    const refreshToken = token.successorSealed
      ? openSuccessor(presented, token.successorSealed)
      : await this.consume(manager, policy, presented, usable);
    if (refreshToken === undefined) return undefined;
    return {
      refreshToken,
      jti: await this.accessTokens.remember(manager, session.id, policy.accessTokenTtl),
    };
  }

  /** Ends a session: none of its tokens works again. @returns whether it was not over already */
  async revoke(manager: EntityManager, session: Session): Promise<boolean> {
    const ended = { id: session.id, revokedAt: IsNull() };
    const { affected } = await manager.update(Session, ended, { revokedAt: new Date() });
    return affected === 1;
  }

  /** @returns the successor, or `undefined` when another request has consumed the token */
  private async consume(
    manager: EntityManager,
    policy: RefreshPolicy,
    presented: string,
    { token, session }: UsableToken,
  ): Promise<string | undefined> {
    const successor = newOpaqueToken();
    const now = Date.now();
    const { affected } = await manager.update(
      RefreshToken,
      { hash: token.hash, consumedAt: IsNull() },
      {
        consumedAt: new Date(now),
        successorHash: hashToken(successor),
        successorSealed: sealSuccessor(presented, successor),
        sealedUntil: new Date(now + policy.refreshReuseInterval * 1000),
      },
    );
    if (affected !== 1) return undefined;
    await this.addRefreshToken(manager, policy, session, successor, now);
    return successor;
  }

  private async addRefreshToken(
    manager: EntityManager,
    policy: RefreshPolicy,
    session: Pick<Session, 'id' | 'expiresAt'>,
    token: string,
    now: number,
  ): Promise<void> {
    const unusedUntil = now + policy.refreshTokenTtl * 1000;
    await manager.insert(RefreshToken, {
      hash: hashToken(token),
      sessionId: session.id,
      createdAt: new Date(now),
      expiresAt: new Date(Math.min(unusedUntil, session.expiresAt.getTime())),
      consumedAt: null,
      successorHash: null,
      successorSealed: null,
      sealedUntil: null,
    });
  }
}
