import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { type Application } from './application.entity.js';
import { verifyClientSecret } from './client-secret.js';
import { ClientSecretsBusy } from './client-secrets-busy.js';

const REMEMBERED_FOR_MS = 60_000;
const MOST_REMEMBERED = 1000;

/** Half of libuv's threads: DNS look-ups need the same ones. */
const AT_ONCE = 2;
/** Some 1.5 s of work on an idle machine. */
const MOST_WAITING = 100;

/**
 * Verifies the secrets of confidential applications, whose hashes are slow on purpose.
 *
 * A right secret is remembered in this process until 60 s after its last use, together with the hash that it was right for: when the stored
 * hash changes, nothing is remembered of it. A wrong secret is never remembered.
 */
export class ClientSecrets {
  /** So that what is held in memory can be tried against neither secrets nor hashes. */
  private readonly key = randomBytes(32);
  private readonly limit = pLimit(AT_ONCE);
  private readonly remembered: LRUCache<string, true>;
  /** Not among the remembered, which wrong secrets would push out. */
  private readonly underWay = new Map<string, Promise<boolean>>();

  /**
   * @param verifySecret the slow comparison of a secret with a stored hash
   * @param now a clock that never goes back, in milliseconds
   */
  constructor(
    private readonly verifySecret = verifyClientSecret,
    now: () => number = () => performance.now(),
  ) {
    this.remembered = new LRUCache({
      max: MOST_REMEMBERED,
      ttl: REMEMBERED_FOR_MS,
      // A busy client never waits behind those who guess.
      updateAgeOnGet: true,
      // Every look-up reads the clock; else a timer would keep its time for a while.
      ttlResolution: 0,
      perf: { now },
    });
  }

  /**
   * Whether this is the application's secret; never for an application without one.
   *
   * @throws ClientSecretsBusy at once when too many others wait; a remembered secret never waits
   */
  async verify({ clientId, clientSecretHash }: Application, secret: string): Promise<boolean> {
    if (!clientSecretHash) return false;
    const pair = this.digest(clientSecretHash, secret);
    if (this.remembered.get(pair)) return true;
    const underWay = this.underWay.get(pair);
    if (underWay) return underWay;
    if (this.limit.pendingCount >= MOST_WAITING) throw new ClientSecretsBusy(clientId);
    const verification = this.verifyAnew(pair, clientSecretHash, secret);
    this.underWay.set(pair, verification);
    return verification;
  }

  private async verifyAnew(pair: string, clientSecretHash: string, secret: string): Promise<boolean> {
    try {
      const isRight = await this.limit(() => this.verifySecret(secret, clientSecretHash));
      if (isRight) this.remembered.set(pair, true);
      return isRight;
    } finally {
      this.underWay.delete(pair);
    }
  }

  /** A stored hash has no NUL in it, so no two pairs are digested alike. */
  private digest(clientSecretHash: string, secret: string): string {
    return createHmac('sha256', this.key).update(`${clientSecretHash}\0${secret}`).digest('base64');
  }
}
