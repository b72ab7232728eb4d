import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { SIGNING_ALGORITHMS } from '../config/signing-algorithms.js';
import { KeyPairs } from './key-pairs.js';
import { SIGNING_KEY_STATES, SigningKey } from './signing-key.entity.js';

/** The signing keys as an operator sees them. Everything runs in the caller's unit of work. */
@Injectable()
export class SigningKeyRecords {
  constructor(private readonly pairs: KeyPairs) {}

  /** Every key, in the order of the algorithms, and of each: next, active, the retired ones. */
  async list(manager: EntityManager): Promise<SigningKey[]> {
    const keys = await manager.find(SigningKey);
    const rank = ({ alg, state }: SigningKey) =>
      SIGNING_ALGORITHMS.indexOf(alg) * SIGNING_KEY_STATES.length + SIGNING_KEY_STATES.indexOf(state);
    return keys.sort((one, other) => rank(one) - rank(other) || +other.createdAt - +one.createdAt);
  }

  /** How many private keys are not under the current `ENCRYPTION_KEY`. */
  async countStale(manager: EntityManager): Promise<number> {
    return (await this.stale(manager)).length;
  }

  /**
   * Encrypts a private key anew that is not under the current `ENCRYPTION_KEY`; one at a time.
   *
   * @returns how many there were to do; 0 when there is none left
   * @throws SealedSecretUnreadable when none of the keys opens it
   */
  async resealNext(manager: EntityManager): Promise<number> {
    const stale = await this.stale(manager);
    const [next] = stale;
    if (!next) return 0;
    const { kid, privateKeySealed } = next;
    const resealed = { privateKeySealed: this.pairs.reseal(next) };
    // A key that is retired meanwhile has lost its private half.
    await manager.update(SigningKey, { kid, privateKeySealed }, resealed);
    return stale.length;
  }

  private async stale(manager: EntityManager): Promise<SigningKey[]> {
    const keys = await manager.find(SigningKey, { order: { kid: 'ASC' } });
    return keys.filter((key) => this.pairs.isStale(key));
  }
}
