import { InvalidScope } from './oauth.errors.js';

/** Scopes that speak of a user; a token without user has none of them. */
const USER_SCOPES = ['openid', 'profile', 'phone'];

/**
 * What is granted: everything that is available, or the part of it that was asked for.
 *
 * @param requested the parameter `scope`, space separated
 * @returns in the order of `available`
 * @throws InvalidScope when more is asked for than is available
 * @see RFC 6749 §3.3
 */
export function grantedScopes(available: readonly string[], requested: string | undefined): string[] {
  if (requested === undefined) return [...available];
  const wanted = requested.split(' ').filter(Boolean);
  if (wanted.length === 0 || wanted.some((scope) => !available.includes(scope))) throw new InvalidScope();
  return available.filter((scope) => wanted.includes(scope));
}

export function withoutUserScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => !USER_SCOPES.includes(scope));
}
