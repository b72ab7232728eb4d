/**
 * Whether a secret is one that examples print rather than one that somebody drew.
 *
 * Only words with a character outside base64 are looked for, so that no random key is refused by accident.
 */
export function isPlaceholder(secret: string): boolean {
  const words = /change[-_ ]?me|placeholder|demo[-_]|sample[-_]|example[-_.]|your[-_]|replace[-_]/i;
  return words.test(secret) || new Set(secret).size < 8;
}
