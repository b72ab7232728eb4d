import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';
import { SecretCipher } from '../database/secret-cipher.js';
import { type SigningKey } from './signing-key.entity.js';

const generate = promisify(generateKeyPair);

/** A new key pair, its private half sealed. */
export type KeyPair = Pick<SigningKey, 'kid' | 'alg' | 'publicJwk' | 'privateKeySealed'>;

/** Makes key pairs, and keeps their private halves sealed. */
@Injectable()
export class KeyPairs {
  constructor(private readonly cipher: SecretCipher) {}

  /** @returns a new pair under a `kid` of its own */
  async create(alg: SigningAlgorithm): Promise<KeyPair> {
    const { publicKey, privateKey } = await newKeyPair(alg);
    const kid = uuid();
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return {
      kid,
      alg,
      publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string>,
      privateKeySealed: this.cipher.seal(pem, purpose(kid)),
    };
  }

  /** Encrypts the private half anew, under the current key. @throws SealedSecretUnreadable */
  reseal({ kid, privateKeySealed }: SigningKey): string {
    return this.cipher.seal(this.cipher.open(privateKeySealed, purpose(kid)), purpose(kid));
  }

  /** Whether the private half is there and encrypted under another key than the current one. */
  isStale({ privateKeySealed }: SigningKey): boolean {
    return privateKeySealed !== '' && !this.cipher.isCurrent(privateKeySealed);
  }

  /** @throws SealedSecretUnreadable when it was sealed under another `ENCRYPTION_KEY` */
  open({ kid, privateKeySealed }: SigningKey): KeyObject {
    return createPrivateKey(this.cipher.open(privateKeySealed, purpose(kid)));
  }
}

function newKeyPair(alg: SigningAlgorithm) {
  return alg === 'RS256' ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve: 'P-256' });
}

function purpose(kid: string): string {
  return `signing key ${kid}`;
}
