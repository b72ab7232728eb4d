/** The grant types that are no URIs. @see RFC 6749 §4 */
const STANDARD_NAMES: readonly string[] = [
  'authorization_code',
  'password',
  'client_credentials',
  'refresh_token',
];

/** Whether it may be a `grant_type`: a name of RFC 6749, or an absolute URI. */
export function isGrantType(name: unknown): name is string {
  return typeof name === 'string' && (STANDARD_NAMES.includes(name) || isGrantTypeUri(name));
}

/** @see RFC 6749 §4.5 */
export function isGrantTypeUri(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(name) && !/['"\\]/.test(name) && URL.canParse(name);
}
