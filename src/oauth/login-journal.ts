import { type EntityManager } from 'typeorm';
import { type SourceProfile } from '../auth-sources/source-profile.js';
import { type SessionTokens } from '../tokens/refresh-tokens.service.js';
import { type IdentityKey } from '../users/identity.js';

/** Whom an auth source has vouched for, and all that it says of the person; or a user of ours. */
export type Vouched =
  | {
      readonly identities: readonly IdentityKey[];
      readonly profile: SourceProfile;
      readonly signUp?: boolean;
    }
  | { readonly userId: string };

/** What a login has written: tokens for it can be signed again. */
export interface Written {
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly session?: SessionTokens;
}

/** What is kept of a login while it goes on, so that its client may repeat the request. */
export interface LoginJournal {
  /** What an earlier attempt has learnt, which is not asked for again. */
  readonly vouched: Vouched | undefined;
  /** What an earlier attempt has written, which is not written again. */
  readonly written: Written | undefined;
  /** What the client presented has been used up. */
  spent(): void;
  /** Keeps what was asked for only once, before anything is written that may fail. */
  vouch(vouched: Vouched): Promise<void>;
  /** Keeps what was written, with it: both are committed, or neither. */
  write(manager: EntityManager, written: Written): Promise<void>;
}
