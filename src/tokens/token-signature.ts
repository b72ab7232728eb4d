import { sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';

const signInThread = promisify(sign);

/** What the head of a token says, in this order. @see RFC 7515 §4.1 */
export interface TokenHeader {
  readonly alg: SigningAlgorithm;
  readonly typ: string;
  readonly kid: string;
}

/**
 * A JSON Web Token in its compact form.
 *
 * An RSA signature takes long enough to be made in a thread of libuv's pool, where the two of an answer are made at
 * once and hold up no other request; what an elliptic curve takes is less than the way there and back. The pool has four
 * threads (`UV_THREADPOOL_SIZE`), which name look-ups and client secrets use as well.
 *
 * @see RFC 7515 §3.1
 */
export async function signedToken(header: TokenHeader, claims: object, key: KeyObject): Promise<string> {
  const signed = `${segment(header)}.${segment(claims)}`;
  const data = Buffer.from(signed);
  const signature =
    header.alg === 'RS256'
      ? await signInThread('sha256', data, key)
      : // Both numbers at their full length, as RFC 7518 §3.4 has it; OpenSSL's own form is ASN.1.
        sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function segment(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}
