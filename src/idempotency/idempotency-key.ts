import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { openUnder, sealUnder } from '../database/sealed-under.js';

const SEALING = 'nest-ciam idempotent request';
const FINGERPRINTING = 'nest-ciam idempotent request fingerprint';

/**
 * What a client has named a request by, so that it can repeat it.
 *
 * Everything that is stored of the request is derived from the key, or encrypted under a secret that is: whoever has
 * the database and not the key reads nothing. That holds as far as the key cannot be guessed.
 *
 * @see draft-ietf-httpapi-idempotency-key-header
 */
export class IdempotencyKey {
  /** What the request is found by. */
  readonly id: string;
  private readonly secret: string;

  /**
   * @param scope whose key it is: different clients may choose the same
   * @param value as the client sent it
   */
  constructor(scope: string, value: string) {
    this.secret = JSON.stringify([scope, value]);
    this.id = createHash('sha256').update(this.secret).digest('base64url');
  }

  /** Tells requests apart without telling what they are. */
  fingerprint(request: string): string {
    const key = new Uint8Array(hkdfSync('sha256', this.secret, '', FINGERPRINTING, 32));
    return createHmac('sha256', key).update(request).digest('base64url');
  }

  seal(text: string): string {
    return sealUnder(this.secret, text, SEALING);
  }

  open(sealed: string): string {
    return openUnder(this.secret, sealed, SEALING);
  }
}
