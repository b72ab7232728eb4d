import { SCOPES } from '../users/claims.js';
import { InvalidScope } from './oauth.errors.js';

/**
 * What is granted: everything that is available, or the part of it that was asked for.
 *
 * @param requested the parameter `scope`, space separated
 * @returns in the order of `available`
 * @throws InvalidScope when more is asked for than is available, or nothing is
 * @see RFC 6749 §3.3
 */
export function grantedScopes(available: readonly string[], requested: string | undefined): string[] {
  if (available.length === 0) throw new InvalidScope();
  if (requested === undefined) return [...available];
  const wanted = requested.split(' ').filter(Boolean);
  if (wanted.length === 0 || wanted.some((scope) => !available.includes(scope))) throw new InvalidScope();
  return available.filter((scope) => wanted.includes(scope));
}

/** What a session may still grant: what it was given, as far as its application has it yet. */
export function sessionScopes(given: readonly string[], application: readonly string[]): string[] {
  return given.filter((scope) => application.includes(scope));
}

/** What is left for a token without user. */
export function withoutUserScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => !SCOPES.includes(scope));
}
