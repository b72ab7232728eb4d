import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AccessTokensService, type AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { type Session } from '../tokens/session.entity.js';
import { User } from '../users/user.entity.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { ParameterValidator } from './parameter-validator.js';
import { type OAuthParameters } from './oauth-parameters.js';
import { InvalidClient } from './oauth.errors.js';
import { type Requester } from '../audit/requester.js';
import { PresentedTokenParameters } from './presented-token.parameters.js';

/** Ends tokens at the request of the client that they were issued to. */
@Injectable()
export class RevocationService {
  private readonly validator = new ParameterValidator(PresentedTokenParameters);

  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokensService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * An access token ends alone, a refresh token with its session. A token that is unknown, or has expired, is no error.
   *
   * @throws InvalidClient when the client is not authenticated, or the token is another client's: nothing is revoked
   * @throws InvalidRequest
   * @see RFC 7009 §2.1
   */
  async revoke(
    parameters: OAuthParameters,
    authorization: string | undefined,
    requester: Requester,
  ): Promise<void> {
    const { clientId } = await this.clients.authenticate(parameters, authorization);
    const { token } = this.validator.validate(parameters);
    const assertOwn = (owner: string) => {
      if (owner !== clientId) throw new InvalidClient('the token of another client', clientId);
    };
    const claims = await this.accessTokens.verify(token);
    await this.unitOfWork.run(async (manager) => {
      if (claims) {
        assertOwn(claims.clientId);
        return this.endToken(manager, claims, requester);
      }
      const refreshToken = await this.refreshTokens.find(token, manager);
      if (!refreshToken) return;
      assertOwn(refreshToken.session.clientId);
      return this.endSession(manager, refreshToken.session, requester);
    });
  }

  private async endToken(
    manager: EntityManager,
    claims: AccessTokenClaims,
    requester: Requester,
  ): Promise<void> {
    if (!(await this.accessTokens.revoke(manager, claims))) return;
    const { clientId, sub, jti } = claims;
    // A token without user names its client twice.
    const userId = sub === clientId ? null : sub;
    const isDeleted = userId !== null && !(await manager.existsBy(User, { id: userId }));
    // Nothing new is kept of somebody who is deleted.
    const subject = { clientId, userId, ...(isDeleted ? {} : requester) };
    await this.audit.record(manager, 'token_revoked', subject, { token_type: 'access_token', jti });
  }

  private async endSession(manager: EntityManager, session: Session, requester: Requester): Promise<void> {
    if (!(await this.refreshTokens.revoke(manager, session))) return;
    const detail = { token_type: 'refresh_token', session_id: session.id } as const;
    await this.audit.record(manager, 'token_revoked', { ...session, ...requester }, detail);
  }
}
