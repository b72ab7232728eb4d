import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type RowWriter } from '../database/new-rows.js';
import { RowShape, type Alias, type Row } from '../database/row-shape.js';
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
  private readonly token: Alias<RefreshToken>;
  private readonly session: Alias<Session>;

  constructor(
    private readonly accessTokens: AccessTokensService,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {
    this.token = RowShape.of(dataSource, RefreshToken).as('t');
    this.session = RowShape.of(dataSource, Session).as('s');
  }

  /** Starts a session. */
  async open(
    writer: RowWriter,
    policy: RefreshPolicy,
    signIn: Pick<Session, 'userId' | 'authSourceId' | 'scopes'>,
  ): Promise<SessionTokens> {
    const now = Date.now();
    const expiresAt = new Date(now + policy.refreshTokenMaxTtl * 1000);
    const id = uuid();
    await writer.insert(Session, {
      ...signIn,
      id,
      clientId: policy.clientId,
      createdAt: new Date(now),
      expiresAt,
      revokedAt: null,
    });
    const refreshToken = newOpaqueToken();
    await this.addRefreshToken(writer, policy, { id, expiresAt }, refreshToken, now);
    return { refreshToken, jti: await this.accessTokens.remember(writer, id, policy.accessTokenTtl) };
  }

  /**
   * A token with its session, in whatever state they are.
   *
   * @param manager of the unit of work that the answer matters to, if there is one
   */
  async find(
    token: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<RefreshToken | undefined> {
    const [row] = await manager.query<Row[]>(
      `SELECT ${this.token.selection}, ${this.session.selection} FROM refresh_tokens t ` +
        'INNER JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?',
      [hashToken(token)],
    );
    return row && Object.assign(this.token.read(row), { session: this.session.read(row) });
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
   * @param rows of the same unit of work
   * @returns the successor and a new access token, or `undefined` when another request consumed the token first: present it again
   */
  async rotate(
    manager: EntityManager,
    rows: RowWriter,
    policy: RefreshPolicy,
    presented: string,
    usable: UsableToken,
  ): Promise<SessionTokens | undefined> {
    const { token, session } = usable;
    const refreshToken = token.successorSealed
      ? openSuccessor(presented, token.successorSealed)
      : await this.consume(manager, rows, policy, presented, usable);
    if (refreshToken === undefined) return undefined;
    return {
      refreshToken,
      jti: await this.accessTokens.remember(rows, session.id, policy.accessTokenTtl),
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
    rows: RowWriter,
    policy: RefreshPolicy,
    presented: string,
    { token, session }: UsableToken,
  ): Promise<string | undefined> {
    const successor = newOpaqueToken();
    const now = Date.now();
    const { affected } = await manager.queryRunner!.query(
      'UPDATE refresh_tokens SET consumed_at = ?, successor_hash = ?, successor_sealed = ?, sealed_until = ? ' +
        'WHERE hash = ? AND consumed_at IS NULL',
      [
        now,
        hashToken(successor),
        sealSuccessor(presented, successor),
        now + policy.refreshReuseInterval * 1000,
        token.hash,
      ],
      true,
    );
    if (affected !== 1) return undefined;
    await this.addRefreshToken(rows, policy, session, successor, now);
    return successor;
  }

  private async addRefreshToken(
    writer: RowWriter,
    policy: RefreshPolicy,
    session: Pick<Session, 'id' | 'expiresAt'>,
    token: string,
    now: number,
  ): Promise<void> {
    const unusedUntil = now + policy.refreshTokenTtl * 1000;
    await writer.insert(RefreshToken, {
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
