import { type IdentityType } from './external-identity.entity.js';

/** Names a person at an issuer. */
export interface IdentityKey {
  readonly type: IdentityType;
  /** What the subject is unique under: an app id for an openid, an open platform account for a unionid. */
  readonly issuer: string;
  readonly subject: string;
}

export function isSameIdentity(one: IdentityKey, other: IdentityKey): boolean {
  return one.type === other.type && one.issuer === other.issuer && one.subject === other.subject;
}
