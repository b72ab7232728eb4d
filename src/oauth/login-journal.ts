import { type EntityManager } from 'typeorm';
import { type SourceProfile } from '../auth-sources/source-profile.js';
import { type IdentityKey } from '../users/identity.js';
import { type Authorization } from './authorization.js';
import { type ExternalSignIn } from './grants/grant-strategy.js';
import { type TokenResponse } from './token-response.js';

/** Whom an auth source has vouched for, and all that it says of the person. */
export interface Vouched {
  readonly identities: readonly IdentityKey[];
  readonly profile: SourceProfile;
}

/** What is kept of a login while it goes on, so that its client may repeat the request. */
export interface LoginJournal {
  /** What an earlier attempt learnt, which is not asked for again. */
  readonly vouched: ExternalSignIn | undefined;
  /** What the client presented has been used up. */
  spent(): void;
  /** Keeps what was asked for only once, before anything is written that may fail. */
  vouch(vouched: Vouched): Promise<void>;
  /** What is answered, when that has been kept. */
  readonly response: TokenResponse | undefined;
  /** Keeps the answer, with what it is the answer to: both are committed, or neither. */
  answer(manager: EntityManager, authorization: Authorization): Promise<void>;
}
