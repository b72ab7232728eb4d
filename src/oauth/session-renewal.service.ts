import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { hasRefreshTokens, type Application } from '../applications/application.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { type RowWriter } from '../database/new-rows.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { RefreshTokensService, type UsableToken } from '../tokens/refresh-tokens.service.js';
import { type Session } from '../tokens/session.entity.js';
import { type Authorization } from './authorization.js';
import { InvalidGrant, UnauthorizedClient } from './oauth.errors.js';
import { type Requester } from '../audit/requester.js';
import { grantedScopes, sessionScopes } from './scopes.js';
import { SessionStanding } from './session-standing.js';

/** Lets a session go on: the refresh token is exchanged for its successor. @see RFC 9700 §4.14.2 */
@Injectable()
export class SessionRenewalService {
  constructor(
    private readonly refreshTokens: RefreshTokensService,
    private readonly standing: SessionStanding,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * @param scope narrows the access token; the session keeps its own
   * @throws InvalidGrant when the token, the user or the auth source does not allow it; then nothing was rotated
   * @throws InvalidClient when the application has been disabled since it was authenticated
   * @throws InvalidScope when more is asked for than the session has
   * @throws UnauthorizedClient when the application's refresh tokens have been switched off
   */
  async renew(
    application: Application,
    refreshToken: string,
    scope: string | undefined,
    requester: Requester,
  ): Promise<Authorization> {
    if (!hasRefreshTokens(application)) throw new UnauthorizedClient();
    const renewed = await this.unitOfWork.run(async (manager, rows) => {
      // Twice: when another request consumes the token first, it is looked at again as a consumed one.
      for (let attempt = 1; attempt <= 2; attempt++) {
        const presented = await this.refreshTokens.present(manager, application, refreshToken);
        if (presented.state === 'invalid') return undefined;
        if (presented.state === 'reused') return this.endSession(manager, presented.session, requester);
        const authorization = await this.rotate(manager, rows, refreshToken, presented, scope);
        if (authorization) return authorization;
      }
      return undefined;
    });
    if (!renewed) throw new InvalidGrant('Invalid refresh token');
    return renewed;
  }

  private async rotate(
    manager: EntityManager,
    rows: RowWriter,
    refreshToken: string,
    presented: UsableToken,
    scope: string | undefined,
  ): Promise<Authorization | undefined> {
    const { session } = presented;
    const { application, user } = await this.standing.assertGood(session, manager);
    const scopes = grantedScopes(sessionScopes(session.scopes, application.scopes), scope);
    const tokens = await this.refreshTokens.rotate(manager, rows, application, refreshToken, presented);
    return tokens && { application, subject: user.id, user, scopes, session: tokens };
  }

  /** Somebody else has a token of the session, or had: nobody may go on with it. */
  private async endSession(
    manager: EntityManager,
    session: Session,
    requester: Requester,
  ): Promise<undefined> {
    if (!(await this.refreshTokens.revoke(manager, session))) return;
    await this.audit.record(
      manager,
      'refresh_token_reuse',
      { ...requester, ...session },
      { session_id: session.id },
    );
  }
}
