import { Injectable } from '@nestjs/common';
import { ApplicationsService } from '../applications/applications.service.js';
import { AccessTokensService, type AccessTokenClaims } from '../tokens/access-tokens.service.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { type Session } from '../tokens/session.entity.js';
import { UsersService } from '../users/users.service.js';
import { OAuthError } from './oauth.errors.js';
import { sessionScopes } from './scopes.js';
import { SessionStanding, type Parties } from './session-standing.js';

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
    private readonly standing: SessionStanding,
  ) {}

  /** @returns `undefined` for a token that is not ours, is no longer valid, or has been revoked */
  async describe(token: string): Promise<ActiveToken | undefined> {
    const claims = await this.accessTokens.verify(token);
    return claims ? this.accessToken(claims) : this.refreshToken(token);
  }

  private async accessToken(claims: AccessTokenClaims): Promise<ActiveToken | undefined> {
    const { iss, jti, sub, clientId, scopes, iat, nbf, exp } = claims;
    if (await this.accessTokens.isRevoked(claims)) return undefined;
    if (!(await this.applications.find(clientId))?.enabled) return undefined;
    // A token without user names its client twice.
    if (sub !== clientId && (await this.users.find(sub))?.status !== 'NORMAL') return undefined;
    const scope = scopes.join(' ');
    return { scope, client_id: clientId, token_type: 'Bearer', exp, iat, nbf, sub, aud: clientId, iss, jti };
  }

  /** Of a session the newest token is active: the one before it answers for a while, but only with this one. */
  private async refreshToken(presented: string): Promise<ActiveToken | undefined> {
    const token = await this.refreshTokens.find(presented);
    if (!token || token.consumedAt || token.expiresAt.getTime() <= Date.now()) return undefined;
    const { session } = token;
    const parties = session.revokedAt ? undefined : await this.partiesOf(session);
    const scopes = sessionScopes(session.scopes, parties?.application.scopes ?? []);
    // Nothing is granted without scope.
    if (scopes.length === 0) return undefined;
    return {
      scope: scopes.join(' '),
      client_id: session.clientId,
      exp: seconds(token.expiresAt),
      iat: seconds(token.createdAt),
      sub: session.userId,
    };
  }

  private async partiesOf(session: Session): Promise<Parties | undefined> {
    try {
      return await this.standing.assertGood(session);
    } catch (error) {
      if (error instanceof OAuthError) return undefined;
      throw error;
    }
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
