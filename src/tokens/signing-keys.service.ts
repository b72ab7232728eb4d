import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { DatabaseUnavailable } from '../database/database-errors.js';
import { Schema } from '../database/schema.js';
import { SecretCipher } from '../database/secret-cipher.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { SigningKey } from './signing-key.entity.js';

const generate = promisify(generateKeyPair);

/** A public key as it is published. @see RFC 7517 §4 */
export type PublishedKey = Readonly<Record<string, string>>;

/** The keys that sign tokens. They are read at boot and kept in memory: signing needs no database. */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private keys: readonly SigningKey[] = [];
  private readonly privateKeys = new Map<SigningAlgorithm, { kid: string; key: KeyObject }>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly cipher: SecretCipher,
    private readonly schema: Schema,
  ) {}

  /** @throws SealedSecretUnreadable when a stored key was encrypted under another `ENCRYPTION_KEY` */
  onModuleInit(): Promise<void> {
    return this.schema.whenApplied(() => this.load());
  }

  private async load(): Promise<void> {
    this.keys = await Promise.all(SIGNING_ALGORITHMS.map((alg) => this.findOrCreate(alg)));
    for (const { alg, kid, privateKeySealed } of this.keys) {
      const key = createPrivateKey(this.cipher.open(privateKeySealed, purpose(kid)));
      this.privateKeys.set(alg, { kid, key });
    }
  }

  /**
   * The key that signs now.
   *
   * @throws DatabaseUnavailable as long as the database has no tables
   */
  active(alg: SigningAlgorithm): { kid: string; key: KeyObject } {
    const active = this.privateKeys.get(alg);
    if (!active) throw new DatabaseUnavailable('The signing keys have not been read yet');
    return active;
  }

  /** Every key that a token may be signed with; none as long as the database has no tables. */
  published(): PublishedKey[] {
    return this.keys.map(({ kid, alg, publicJwk }) => {
      const { kty, ...material } = publicJwk;
      return { kty: kty!, use: 'sig', alg, kid, ...material };
    });
  }

  /** However many processes start at once, the unique slot lets one of them create the key. */
  private async findOrCreate(alg: SigningAlgorithm): Promise<SigningKey> {
    const slot = `${alg} active`;
    const existing = (manager: EntityManager) => manager.findOneBy(SigningKey, { slot });
    const found = await this.unitOfWork.run(existing);
    if (found) return found;
    const created = await this.create(alg, slot);
    return this.unitOfWork.run(async (manager) => {
      const winner = await existing(manager);
      if (winner) return winner;
      await manager.insert(SigningKey, created);
      return created;
    });
  }

  private async create(alg: SigningAlgorithm, slot: string): Promise<SigningKey> {
    const { publicKey, privateKey } = await newKeyPair(alg);
    const kid = uuid();
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return {
      kid,
      alg,
      state: 'active',
      slot,
      publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string>,
      privateKeySealed: this.cipher.seal(pem, purpose(kid)),
      createdAt: new Date(),
    };
  }
}

function newKeyPair(alg: SigningAlgorithm) {
  return alg === 'RS256' ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve: 'P-256' });
}

function purpose(kid: string): string {
  return `signing key ${kid}`;
}
