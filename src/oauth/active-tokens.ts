import { Injectable } from '@nestjs/common';
import { hasRefreshTokens, type Application } from '../applications/application.entity.js';
import { ApplicationsService } from '../applications/applications.service.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { AccessTokensService, type AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { UsersService } from '../users/users.service.js';
import { sessionScopes } from './scopes.js';

/** A token that works. Times are in seconds since 1970. @see RFC 7662 §2.2 */
export interface ActiveToken {
  scope: string;
  client_id: string;
  /** How the token is used; a refresh token is not used that way. */
  token_type?: 'Bearer';
  exp: number;
  iat: number;
  nbf?: number;
  sub: string;
  aud?: string;
  iss?: string;
  jti?: string;
}

/** What a token would be worth if it were used now. */
@Injectable()
export class ActiveTokens {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokensService,
    private readonly applications: ApplicationsService,
    private readonly users: UsersService,
    private readonly authSources: AuthSourcesService,
  ) {}

  /** @returns `undefined` for a token that is not ours, is no longer valid, or has been revoked */
  async describe(token: string): Promise<ActiveToken | undefined> {
    const claims = this.accessTokens.verify(token);
    return claims ? this.accessToken(claims) : this.refreshToken(token);
  }

  private async accessToken(claims: AccessTokenClaims): Promise<ActiveToken | undefined> {
    const { iss, jti, sub, clientId, scopes, iat, nbf, exp } = claims;
    const application = await this.enabledApplication(clientId);
    if (!application || (await this.accessTokens.isRevoked(claims))) return undefined;
    // A token without user names its client twice.
    if (sub !== clientId && !(await this.isNormal(sub))) return undefined;
    const scope = scopes.join(' ');
    return { scope, client_id: clientId, token_type: 'Bearer', exp, iat, nbf, sub, aud: clientId, iss, jti };
  }

  /** Of a session the newest token is active: the one before it answers for a while, but only with this one. */
  private async refreshToken(presented: string): Promise<ActiveToken | undefined> {
    const token = await this.refreshTokens.find(presented);
    if (!token || token.consumedAt || token.expiresAt.getTime() <= Date.now()) return undefined;
    const { session } = token;
    const application = await this.enabledApplication(session.clientId);
    if (session.revokedAt || !application || !hasRefreshTokens(application)) return undefined;
    if (!(await this.isNormal(session.userId))) return undefined;
    if (session.authSourceId !== null && !(await this.authSources.isEnabled(session.authSourceId)))
      return undefined;
    return {
      scope: sessionScopes(session.scopes, application.scopes).join(' '),
      client_id: session.clientId,
      exp: seconds(token.expiresAt),
      iat: seconds(token.createdAt),
      sub: session.userId,
    };
  }

  private async enabledApplication(clientId: string): Promise<Application | undefined> {
    const application = await this.applications.find(clientId);
    return application?.enabled ? application : undefined;
  }

  private async isNormal(userId: string): Promise<boolean> {
    return (await this.users.find(userId))?.status === 'NORMAL';
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
