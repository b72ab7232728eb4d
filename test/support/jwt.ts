import { createPublicKey, type JsonWebKey } from 'node:crypto';
import jwt from 'jsonwebtoken';

export interface DecodedToken {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

export function decode(token: string): DecodedToken {
  const { header, payload } = jwt.decode(token, { complete: true })!;
  return { header: { ...header }, payload: payload as Record<string, unknown> };
}

/** Verifies a token as a resource server does: with the key of its `kid` from the published JWKS. */
export async function verified(url: string, token: string): Promise<DecodedToken> {
  const { keys } = (await (await fetch(`${url}/oauth2/jwks`)).json()) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const { header } = decode(token);
  const key = keys.find(({ kid }) => kid === header.kid);
  if (!key) throw new Error(`The JWKS has no key ${String(header.kid)}`);
  jwt.verify(token, createPublicKey({ key, format: 'jwk' }), { algorithms: [key.alg as jwt.Algorithm] });
  return decode(token);
}
