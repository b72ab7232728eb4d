import { createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { DatabaseUnavailable } from '../database/database-errors.js';
import { Schema } from '../database/schema.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { KeyPairs } from './key-pairs.js';
import { SigningKeyRotation } from './signing-key-rotation.js';
import { SigningKey } from './signing-key.entity.js';

/** A public key as it is published. @see RFC 7517 §4 */
export type PublishedKey = Readonly<Record<string, string>>;

interface Signer {
  readonly kid: string;
  readonly key: KeyObject;
}

export interface Verifier {
  readonly alg: SigningAlgorithm;
  readonly key: KeyObject;
}

const STATES = ['active', 'next', 'retired'];

/** Keys that were read longer ago may have been replaced; less than the margin of every key's life. In milliseconds. */
const FRESH_MS = 30_000;

/** The keys that sign tokens and verify them, in memory. */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private keys: readonly SigningKey[] = [];
  private signers: ReadonlyMap<SigningAlgorithm, Signer> = new Map();
  private verifiers: ReadonlyMap<string, Verifier> = new Map();
  private readAt = -Infinity;
  private refreshing: Promise<void> | undefined;

  constructor(
    private readonly rotation: SigningKeyRotation,
    private readonly pairs: KeyPairs,
    private readonly unitOfWork: UnitOfWork,
    private readonly schema: Schema,
  ) {}

  /** @throws SealedSecretUnreadable when a stored key was encrypted under another `ENCRYPTION_KEY` */
  onModuleInit(): Promise<void> {
    return this.schema.whenApplied(async () => {
      // A wrong ENCRYPTION_KEY is to be found out before a key is sealed under it.
      await this.read();
      await this.rotation.provide();
      await this.read();
    });
  }

  /** Reads the keys again: another instance may have replaced some. Of an active one that is gone, the next takes the place. */
  async reload(): Promise<void> {
    await this.read();
    if (this.signers.size === SIGNING_ALGORITHMS.length) return;
    await this.rotation.provide();
    await this.read();
  }

  /** Whether the keys are known as they are: not by an instance that has been cut off from the database for a while. */
  isFresh(): boolean {
    return performance.now() - this.readAt < FRESH_MS;
  }

  private async read(): Promise<void> {
    const begunAt = performance.now();
    const keys = await this.unitOfWork.read((manager) => manager.find(SigningKey));
    this.take(keys);
    this.readAt = begunAt;
  }

  private take(keys: SigningKey[]): void {
    const known = (key: SigningKey) =>
      this.keys.some(({ kid, state }) => kid === key.kid && state === key.state);
    if (keys.length === this.keys.length && keys.every(known)) return;
    const order = ({ alg, state }: SigningKey) => SIGNING_ALGORITHMS.indexOf(alg) * 3 + STATES.indexOf(state);
    // The next keys are opened as well: one that cannot be is to be found out before it has to sign.
    const privateKeys = new Map(
      keys.filter(({ state }) => state !== 'retired').map((key) => [key.kid, this.pairs.open(key)]),
    );
    const active = keys.filter(({ state }) => state === 'active');
    const verifiers = keys.map(
      ({ kid, alg, publicJwk }) =>
        [kid, { alg, key: createPublicKey({ key: publicJwk, format: 'jwk' }) }] as const,
    );
    // All of it, or nothing.
    this.keys = keys.sort((one, other) => order(one) - order(other) || +other.retiredAt! - +one.retiredAt!);
    this.signers = new Map(active.map(({ alg, kid }) => [alg, { kid, key: privateKeys.get(kid)! }]));
    this.verifiers = new Map(verifiers);
  }

  /**
   * The key that signs now. It stays published for as long as what it signs lives, once it is retired.
   *
   * @param ttl how long the token is to live, in seconds
   * @throws DatabaseUnavailable as long as the database has no tables
   * @throws the database's own error when the keys may be out of date and cannot be read
   */
  async signer(alg: SigningAlgorithm, ttl: number): Promise<Signer> {
    await this.freshen();
    const signer = this.signers.get(alg);
    if (!signer) throw new DatabaseUnavailable('The signing keys have not been read yet');
    const key = this.keys.find(({ kid }) => kid === signer.kid)!;
    if (ttl > key.longestTtl) {
      const shorter = { kid: key.kid, longestTtl: LessThan(ttl) };
      await this.unitOfWork.run((manager) => manager.update(SigningKey, shorter, { longestTtl: ttl }));
      key.longestTtl = Math.max(key.longestTtl, ttl);
    }
    return signer;
  }

  /**
   * The public key of that `kid`, if it is one of ours and still published.
   *
   * @throws DatabaseUnavailable as long as the database has no tables: nothing can be said of a token then
   * @throws the database's own error when the keys may be out of date and cannot be read
   */
  async verifier(kid: string): Promise<Verifier | undefined> {
    await this.freshen();
    if (this.verifiers.size === 0) throw new DatabaseUnavailable('The signing keys have not been read yet');
    return this.verifiers.get(kid);
  }

  /**
   * Every key that a token may have been, or may soon be, signed with; none as long as the database has no tables, or an
   * algorithm no key.
   */
  published(): PublishedKey[] {
    if (!SIGNING_ALGORITHMS.every((algorithm) => this.keys.some(({ alg }) => alg === algorithm))) return [];
    return this.keys.map(({ kid, alg, publicJwk }) => {
      const { kty, ...material } = publicJwk;
      return { kty: kty!, use: 'sig', alg, kid, ...material };
    });
  }

  /** Reads keys that may be out of date; once for all who ask at the same time. */
  private async freshen(): Promise<void> {
    if (this.isFresh() || this.keys.length === 0) return;
    this.refreshing ??= this.reload().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }
}
