import { TYPE_NAME } from '../database/identifier.js';

/**
 * Names a person at an issuer.
 *
 * @publicApi
 */
export interface IdentityKey {
  /** Lower case: `wechat_openid`, `wechat_unionid`, or one of a grant's own. */
  readonly type: string;
  /** What the subject is unique under: an app id for an openid, an open platform account for a unionid. */
  readonly issuer: string;
  readonly subject: string;
}

const LONGEST = 128;

export function isSameIdentity(one: IdentityKey, other: IdentityKey): boolean {
  return one.type === other.type && one.issuer === other.issuer && one.subject === other.subject;
}

/** @throws Error when there is none, or one that cannot be stored as it is */
export function assertIdentities(identities: readonly IdentityKey[]): void {
  if (identities.length === 0) throw new Error('No identity to sign in with');
  for (const { type, issuer, subject } of identities) {
    if (!TYPE_NAME.test(type)) throw new Error('The type of an identity is not a lower-case word');
    if (![issuer, subject].every(isStorable)) {
      throw new Error(`Issuer and subject of a ${type} must have 1 to ${LONGEST} characters`);
    }
  }
}

/** @throws Error when it cannot be the id of a user */
export function assertUserId(id: unknown): void {
  if (!isStorable(id)) throw new Error('The id of a user must be a string of 1 to 128 characters');
}

function isStorable(part: unknown): boolean {
  return typeof part === 'string' && part.length > 0 && part.length <= LONGEST;
}
