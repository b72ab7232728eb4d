import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EncryptionConfig } from '../config/encryption.config.js';

/** A stored secret cannot be opened: it was sealed under another key, or somebody has changed it. */
export class SealedSecretUnreadable extends Error {
  override readonly name = 'SealedSecretUnreadable';
}

/**
 * Encrypts secrets before they are stored (AES-256-GCM).
 *
 * The sealed form is `v1.KEY_ID.IV.TAG.CIPHERTEXT`, each part base64url. The key id lets a key be replaced while
 * secrets sealed under the old one still exist; it is a hash and says nothing about the key.
 */
@Injectable()
export class SecretCipher {
  /** Of the key that seals. */
  readonly keyId: string;
  private readonly keys: ReadonlyMap<string, Buffer>;

  constructor(private readonly encryption: EncryptionConfig) {
    this.keyId = keyIdOf(encryption.key);
    const all = [...encryption.decryptionKeys, encryption.key];
    this.keys = new Map(all.map((key) => [keyIdOf(key), key]));
  }

  /** @param purpose what the secret is for and whose it is; it opens for the same purpose alone */
  seal(secret: string, purpose: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.encryption.key, iv).setAAD(Buffer.from(purpose));
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64url'));
    return ['v1', this.keyId, ...parts].join('.');
  }

  /** Whether it is sealed under the key that seals now. */
  isCurrent(sealed: string): boolean {
    return sealed.split('.')[1] === this.keyId;
  }

  /** @throws SealedSecretUnreadable */
  open(sealed: string, purpose: string): string {
    const [version, keyId, ...parts] = sealed.split('.');
    const [iv, tag, ciphertext] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== 'v1' || !iv || !tag || !ciphertext)
      throw new SealedSecretUnreadable(`Not a sealed secret: ${purpose}`);
    const key = this.keys.get(keyId!);
    if (!key) {
      throw new SealedSecretUnreadable(
        `${purpose} is encrypted under key ${keyId}, but ENCRYPTION_KEY is key ${this.keyId}`,
      );
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    } catch {
      throw new SealedSecretUnreadable(`${purpose} was changed after it was encrypted`);
    }
  }
}

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('key-id').update(key).digest().subarray(0, 6).toString('base64url');
}
