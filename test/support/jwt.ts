import { createPublicKey, type JsonWebKey } from 'node:crypto';
import jwt from 'jsonwebtoken';

export interface DecodedToken {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/** A key of a JWKS. */
export type PublishedKey = JsonWebKey & { readonly kid: string; readonly alg: string };

export function decode(token: string): DecodedToken {
  const { header, payload } = jwt.decode(token, { complete: true })!;
  return { header: { ...header }, payload: payload as Record<string, unknown> };
}

/** The keys of a service's JWKS, as it is now. */
export async function publishedKeys(url: string | URL): Promise<PublishedKey[]> {
  const response = await fetch(new URL('/oauth2/jwks', url));
  return ((await response.json()) as { keys: PublishedKey[] }).keys;
}

/** Verifies a token with the key of its `kid`. */
export function verifiedWith(keys: readonly PublishedKey[], token: string): DecodedToken {
  const { header } = decode(token);
  const key = keys.find(({ kid }) => kid === header.kid);
  if (!key) throw new Error(`The JWKS has no key ${String(header.kid)}`);
  jwt.verify(token, createPublicKey({ key, format: 'jwk' }), { algorithms: [key.alg as jwt.Algorithm] });
  return decode(token);
}

/** Verifies a token as a resource server does: with the key of its `kid` from the published JWKS. */
export async function verified(url: string, token: string): Promise<DecodedToken> {
  return verifiedWith(await publishedKeys(url), token);
}
