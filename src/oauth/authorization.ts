import { type User } from '../users/user.entity.js';
import { InvalidGrant } from './oauth.errors.js';

/** What a token request has come to: for whom, and for what, tokens are signed. */
export interface Authorization {
  /** `sub` of the tokens. */
  readonly subject: string;
  /** Absent when the application acts for itself. */
  readonly user?: User;
  readonly scopes: readonly string[];
  readonly refreshToken?: string;
}

/** Whoever sends a token request, as far as the network tells. */
export interface Requester {
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

/** @throws InvalidGrant when the user is locked or frozen */
export function assertNormal(user: User): void {
  if (user.status !== 'NORMAL')
    throw new InvalidGrant('Abnormal user status', `the user's status is ${user.status}`);
}
