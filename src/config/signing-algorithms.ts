/** What tokens may be signed with: each application chooses one, and each has a key pair. @see RFC 7518 §3.1 */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];
