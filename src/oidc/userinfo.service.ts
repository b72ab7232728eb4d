import { Injectable } from '@nestjs/common';
import { ApplicationsService } from '../applications/applications.service.js';
import { AccessTokensService } from '../tokens/access-tokens.service.js';
import { allClaimsOf, type Claims } from '../users/claims.js';
import { UsersService } from '../users/users.service.js';
import { InsufficientScope, InvalidToken, UserNotFound } from './bearer.errors.js';

/** Tells the holder of an access token who its user is. @see OpenID Connect Core 1.0 §5.3 */
@Injectable()
export class UserinfoService {
  constructor(
    private readonly accessTokens: AccessTokensService,
    private readonly applications: ApplicationsService,
    private readonly users: UsersService,
  ) {}

  /**
   * @returns `sub`, and what the token's scopes allow
   * @throws InvalidToken when the token is not valid (any more), the application disabled or the user locked or frozen
   * @throws InsufficientScope without the scope `openid`
   * @throws UserNotFound when the user has been deleted
   */
  async claims(accessToken: string): Promise<Claims> {
    const token = await this.accessTokens.verify(accessToken);
    if (!token) throw new InvalidToken();
    if (!(await this.applications.find(token.clientId))?.enabled) throw new InvalidToken();
    // A token without user has no such scope.
    const hasUser = token.scopes.includes('openid');
    const user = await this.users.find(token.sub);
    // Before it is asked whether the token was revoked, as those of a deleted user are.
    if (hasUser && !user) throw new UserNotFound();
    if (await this.accessTokens.isRevoked(token)) throw new InvalidToken();
    if (user && user.status !== 'NORMAL') throw new InvalidToken();
    if (!hasUser || !user) throw new InsufficientScope();
    return { sub: user.id, ...allClaimsOf(user, token.scopes) };
  }
}
