import { createPublicKey, type JsonWebKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { DemoFailed } from './demo-failed.js';
import { sample } from './sample.js';

export interface VerifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Verifies a token as a resource server does: by the published key that its header names, for one algorithm, with
 * issuer, audience and expiry.
 *
 * @throws DemoFailed
 * @see RFC 8725 §3
 */
export function verifyToken(name: string, token: unknown, jwks: unknown, issuer: string): VerifiedToken {
  const decoded = jwt.decode(String(token), { complete: true });
  if (!decoded) throw new DemoFailed(`The ${name} is no JWT: ${JSON.stringify(token)}`);
  const { kid } = decoded.header;
  const jwk = (jwks as JsonWebKey[]).find((key) => key.kid === kid && key.alg === sample.signingAlg);
  if (!jwk) throw new DemoFailed(`The JWKS has no ${sample.signingAlg} key ${kid}, which signed the ${name}`);
  try {
    const { header, payload } = jwt.verify(String(token), createPublicKey({ key: jwk, format: 'jwk' }), {
      algorithms: [sample.signingAlg],
      issuer,
      audience: sample.clientId,
      complete: true,
    });
    return { header: { ...header }, payload: Object(payload) as VerifiedToken['payload'] };
  } catch (error) {
    throw new DemoFailed(`The ${name} cannot be verified: ${(error as Error).message}`);
  }
}
