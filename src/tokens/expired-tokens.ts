import { Injectable } from '@nestjs/common';
import { In, LessThan, type EntityManager } from 'typeorm';
import { AccessToken } from './access-token.entity.js';
import { CLOCK_MARGIN_MS } from './clock-margin.js';
import { RefreshToken } from './refresh-token.entity.js';
import { Session } from './session.entity.js';

/** Deletes what nobody will ask for again: expired tokens, with its last token a session, and sealed successors. */
@Injectable()
export class ExpiredTokens {
  /**
   * Deletes up to `limit` tokens of each kind; runs in the caller's unit of work.
   *
   * @returns how many tokens were deleted; fewer than `limit` when none is left
   */
  async deleteBatch(manager: EntityManager, limit: number): Promise<number> {
    const before = new Date(Date.now() - CLOCK_MARGIN_MS);
    // Anew each time: TypeORM writes into the operators that it is given.
    const batch = () =>
      ({ where: { expiresAt: LessThan(before) }, take: limit, order: { expiresAt: 'ASC' } }) as const;
    const refreshTokens = await manager.find(RefreshToken, {
      ...batch(),
      select: { hash: true, sessionId: true },
    });
    const accessTokens = await manager.find(AccessToken, {
      ...batch(),
      select: { jti: true, sessionId: true },
    });
    if (refreshTokens.length > 0) {
      await manager.delete(RefreshToken, { hash: In(refreshTokens.map(({ hash }) => hash)) });
    }
    if (accessTokens.length > 0) {
      await manager.delete(AccessToken, { jti: In(accessTokens.map(({ jti }) => jti)) });
    }
    await this.deleteSessions(manager, [...refreshTokens, ...accessTokens]);
    return Math.max(refreshTokens.length, accessTokens.length);
  }

  /**
   * Forgets up to `limit` sealed successors that are not answered any more; runs in the caller's unit of work.
   *
   * @returns how many were forgotten; fewer than `limit` when none is left
   */
  async forgetSuccessors(manager: EntityManager, limit: number): Promise<number> {
    const tokens = await manager.find(RefreshToken, {
      where: { sealedUntil: LessThan(new Date(Date.now() - CLOCK_MARGIN_MS)) },
      take: limit,
      order: { sealedUntil: 'ASC' },
      select: { hash: true },
    });
    if (tokens.length > 0) {
      const forgotten = { successorSealed: null, sealedUntil: null };
      await manager.update(RefreshToken, { hash: In(tokens.map(({ hash }) => hash)) }, forgotten);
    }
    return tokens.length;
  }

  private async deleteSessions(
    manager: EntityManager,
    deleted: readonly { readonly sessionId: string | null }[],
  ): Promise<void> {
    const ids = [...new Set(deleted.map(({ sessionId }) => sessionId).filter((id) => id !== null))];
    if (ids.length === 0) return;
    const tokensOf = (table: string) => `SELECT 1 FROM ${table} WHERE ${table}.session_id = sessions.id`;
    await manager
      .createQueryBuilder()
      .delete()
      .from(Session)
      .where({ id: In(ids) })
      .andWhere(`NOT EXISTS (${tokensOf('refresh_tokens')}) AND NOT EXISTS (${tokensOf('access_tokens')})`)
      .execute();
  }
}
