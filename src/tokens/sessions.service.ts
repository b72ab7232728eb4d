import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, MoreThan, type EntityManager } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../database/page.js';
import { forUpdate } from '../database/row-lock.js';
import { Session } from './session.entity.js';

/** Whose sessions are meant. */
export type SessionOwner =
  { readonly userId: string } | { readonly clientId: string } | { readonly authSourceId: string };

/** The sessions as an operator sees them. Everything runs in the caller's unit of work. */
@Injectable()
export class SessionsService {
  /** Those of the user that are not over, the newest first. */
  async list(manager: EntityManager, userId: string, { limit, after }: PageRequest): Promise<Page<Session>> {
    const where = { userId, ...living(), ...(after === undefined ? {} : { id: LessThan(after) }) };
    const rows = await manager.find(Session, { where, order: { id: 'DESC' }, take: limit + 1 });
    return pageOf(rows, limit, ({ id }) => id);
  }

  /** A session of that user, over or not: a token of it may outlive it. */
  async find(manager: EntityManager, userId: string, id: string): Promise<Session | undefined> {
    const session = await manager.findOneBy(Session, { id, userId });
    // MySQL ignores trailing spaces when it compares.
    return session?.id === id ? session : undefined;
  }

  /**
   * Ends up to `limit` sessions: none of their tokens works again. Whoever else ends one of them waits for it.
   *
   * @returns those that it has ended; fewer than `limit` when none is left
   */
  async endBatch(manager: EntityManager, owner: SessionOwner, limit: number): Promise<Session[]> {
    const sessions = await manager.find(Session, {
      where: { ...owner, revokedAt: IsNull() },
      take: limit,
      ...forUpdate(manager),
    });
    if (sessions.length > 0) {
      const ended = { id: In(sessions.map(({ id }) => id)), revokedAt: IsNull() };
      await manager.update(Session, ended, { revokedAt: new Date() });
    }
    return sessions;
  }
}

function living() {
  return { revokedAt: IsNull(), expiresAt: MoreThan(new Date()) };
}
