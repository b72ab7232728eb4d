import { type Application } from '../applications/application.entity.js';
import { type SessionTokens } from '../tokens/refresh-tokens.service.js';
import { type User } from '../users/user.entity.js';
import { InvalidGrant } from './oauth.errors.js';

/** What a token request has come to: for whom, and for what, tokens are signed. */
export interface Authorization {
  /** Whose settings the tokens follow. */
  readonly application: Application;
  /** `sub` of the tokens. */
  readonly subject: string;
  /** Absent when the application acts for itself. */
  readonly user?: User;
  readonly scopes: readonly string[];
  /** Present when the user has a session that goes on. */
  readonly session?: SessionTokens;
}

/** @throws InvalidGrant when the user is locked or frozen */
export function assertNormal(user: User): void {
  if (user.status !== 'NORMAL')
    throw new InvalidGrant('Abnormal user status', `the user's status is ${user.status}`);
}
