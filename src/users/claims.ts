import { USER_ATTRIBUTES, type UserAttribute } from '../database/user-attributes.js';
import { attributeOf } from './profile.js';
import { type User } from './user.entity.js';

/** What a client may ask to be told of a user. @see OpenID Connect Core 1.0 §5.4 */
export const SCOPES = ['openid', 'profile', 'phone'];

export type Claims = Record<string, unknown>;

/** Every attribute of the user that the scopes allow, as {@link claimsOf} has it. */
export function allClaimsOf(user: User, scopes: readonly string[]): Claims {
  const custom = Object.keys(user.custom).map((name) => `custom.${name}`);
  return claimsOf(user, scopes, [...USER_ATTRIBUTES, ...custom]);
}

/**
 * The user's attributes as claims: those that are wanted, that the scopes allow and that have a value.
 *
 * `phone` allows `phone_number`, `profile` all others. `custom.NAME` is `NAME` in the object `custom`.
 *
 * @see OpenID Connect Core 1.0 §5.4
 */
export function claimsOf(user: User, scopes: readonly string[], wanted: readonly string[]): Claims {
  const claims: Claims = {};
  const custom: Record<string, string> = {};
  for (const attribute of wanted as readonly UserAttribute[]) {
    const value = attributeOf(user, attribute);
    const scope = attribute === 'phone_number' ? 'phone' : 'profile';
    if (!value || !scopes.includes(scope)) continue;
    if (attribute.startsWith('custom.')) custom[attribute.slice('custom.'.length)] = value;
    else claims[attribute] = value;
  }
  return Object.keys(custom).length > 0 ? { ...claims, custom } : claims;
}
