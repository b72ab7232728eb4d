import { Injectable } from '@nestjs/common';
import { TokenIssuer } from '../tokens/token-issuer.js';
import { claimsOf } from '../users/claims.js';
import { type Authorization } from './authorization.js';

/** The members in the order in which CIAM documents them. @see RFC 6749 §5.1 */
export interface TokenResponse {
  access_token: string;
  refresh_token?: string;
  scope: string;
  id_token?: string;
  token_type: 'Bearer';
  /** Remaining whole seconds. */
  expires_in: number;
}

@Injectable()
export class TokenResponses {
  constructor(private readonly tokens: TokenIssuer) {}

  /** Signs the tokens: an ID token with the scope `openid`, for a user. */
  async sign(authorization: Authorization): Promise<TokenResponse> {
    const { application, subject, user, scopes, session } = authorization;
    const issuedAt = Math.floor(Date.now() / 1000);
    // Signed at the same time, each in a thread of its own.
    const [accessToken, idToken] = await Promise.all([
      this.tokens.accessToken(application, subject, scopes, issuedAt, session?.jti),
      user && scopes.includes('openid')
        ? this.tokens.idToken(
            application,
            user.id,
            issuedAt,
            claimsOf(user, scopes, application.idTokenClaims),
          )
        : undefined,
    ]);
    return {
      access_token: accessToken.token,
      ...(session === undefined ? {} : { refresh_token: session.refreshToken }),
      scope: scopes.join(' '),
      ...(idToken === undefined ? {} : { id_token: idToken }),
      token_type: 'Bearer',
      expires_in: Math.floor((accessToken.expiresAt - Date.now()) / 1000),
    };
  }
}
