import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { BATCH, inBatches } from '../database/batches.js';
import { type Page, type PageRequest } from '../database/page.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { type Session } from '../tokens/session.entity.js';
import { SessionsService, type SessionOwner } from '../tokens/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { UnknownResource } from './administration.errors.js';
import { type Operator } from './operator.js';

/** A refresh-token family as an operator is told of it. */
export type SessionAnswer = ReturnType<typeof answerOf>;

/** What operators do with the sessions of users. */
@Injectable()
export class SessionAdministration {
  constructor(
    private readonly sessions: SessionsService,
    private readonly refreshTokens: RefreshTokensService,
    private readonly users: UsersService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** @throws UnknownResource when there is no such user */
  list(userId: string, request: PageRequest): Promise<Page<SessionAnswer>> {
    return this.unitOfWork.read(async (manager) => {
      await this.assertUser(manager, userId);
      const page = await this.sessions.list(manager, userId, request);
      return { ...page, items: page.items.map(answerOf) };
    });
  }

  /** @throws UnknownResource when there is no such user, or no such session that is not over */
  read(userId: string, sessionId: string): Promise<SessionAnswer> {
    return this.unitOfWork.read(async (manager) => {
      await this.assertUser(manager, userId);
      const session = await this.sessions.find(manager, userId, sessionId);
      if (!session || session.revokedAt || session.expiresAt.getTime() <= Date.now())
        throw new UnknownResource();
      return answerOf(session);
    });
  }

  /** Ends a session; one that is over is fine, too. @throws UnknownResource when there is no such user */
  end(userId: string, sessionId: string, operator: Operator): Promise<void> {
    return this.unitOfWork.run(async (manager) => {
      await this.assertUser(manager, userId);
      const session = await this.sessions.find(manager, userId, sessionId);
      if (session && (await this.refreshTokens.revoke(manager, session)))
        await this.record(manager, session, operator);
    });
  }

  /** Ends every session of the user. @throws UnknownResource when there is no such user */
  async endAll(userId: string, operator: Operator): Promise<void> {
    await this.unitOfWork.read((manager) => this.assertUser(manager, userId));
    await this.endEachOf(userId, operator);
  }

  /** Ends every session of a user who may be gone already. */
  async endEachOf(userId: string, operator: Operator): Promise<void> {
    await inBatches(this.unitOfWork, async (manager) => {
      const ended = await this.sessions.endBatch(manager, { userId }, BATCH);
      for (const session of ended) await this.record(manager, session, operator);
      return ended.length;
    });
  }

  /** Ends every session of what is being deleted; only that is audited. */
  async endMany(owner: SessionOwner): Promise<void> {
    await inBatches(
      this.unitOfWork,
      async (manager) => (await this.sessions.endBatch(manager, owner, BATCH)).length,
    );
  }

  private async assertUser(manager: EntityManager, userId: string): Promise<void> {
    // MySQL ignores trailing spaces when it compares.
    if ((await this.users.find(userId, manager))?.id !== userId) throw new UnknownResource();
  }

  private record(manager: EntityManager, session: Session, { by, ...requester }: Operator): Promise<void> {
    const { id, clientId, authSourceId, userId } = session;
    const subject = { clientId, authSourceId, userId, ...requester };
    return this.audit.record(manager, 'session_revoked', subject, { session_id: id, by });
  }
}

function answerOf(session: Session) {
  return {
    id: session.id,
    client_id: session.clientId,
    auth_source_id: session.authSourceId,
    scopes: session.scopes,
    created_at: session.createdAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}
