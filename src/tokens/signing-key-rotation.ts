import { Injectable } from '@nestjs/common';
import { In, IsNull, type EntityManager } from 'typeorm';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { SigningKeysConfig } from '../config/signing-keys.config.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { KeyPairs } from './key-pairs.js';
import { SigningKey, type SigningKeyState } from './signing-key.entity.js';

/** How long anybody may keep the JWKS, in seconds. */
export const JWKS_MAX_AGE_S = 300;

/** For clocks that differ, and instances that have not yet read what another has written. */
const MARGIN_MS = 60_000;
const DAY_MS = 86_400_000;

/** A key that has begun to sign in the place of another. */
export interface RotatedKey {
  readonly alg: SigningAlgorithm;
  readonly kid: string;
  readonly retiredKid: string;
  readonly cause: 'age' | 'request';
}

/** A key that will sign as soon as everybody knows it. */
export type AwaitedKey = Pick<SigningKey, 'alg' | 'kid' | 'usableFrom'>;

/**
 * The life of the signing keys: next → active → retired → deleted.
 *
 * A key is published long before it signs, and stays published until the last token that it signed has expired: so
 * whoever keeps a JWKS no longer than its max-age never meets a `kid` that is not in it.
 */
@Injectable()
export class SigningKeyRotation {
  constructor(
    private readonly config: SigningKeysConfig,
    private readonly pairs: KeyPairs,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Sees to it that each algorithm has an active key and a next one, however many processes do so at once. */
  async provide(): Promise<void> {
    for (const alg of SIGNING_ALGORITHMS) {
      const slots = [slotOf(alg, 'active'), slotOf(alg, 'next')];
      const missing = (manager: EntityManager) => missingAmong(manager, slots);
      const absent = await this.unitOfWork.run(missing);
      if (absent.length === 0) continue;
      const [one, other] = await Promise.all([this.pairs.create(alg), this.pairs.create(alg)]);
      await this.unitOfWork.run(async (manager) => {
        const still = await missing(manager);
        const now = Date.now();
        // Keys that are published together with the first one are known to everybody who knows any.
        const isFirst = still.length === 2;
        const next = {
          ...other,
          usableFrom: new Date(isFirst ? now : now + JWKS_MAX_AGE_S * 1000 + MARGIN_MS),
        };
        if (isFirst) await insert(manager, 'active', { ...one, usableFrom: new Date(now) }, now);
        if (still.includes(slotOf(alg, 'next'))) await insert(manager, 'next', next, now);
      });
    }
  }

  /** Has every active key replaced as soon as its successor may sign. */
  async request(manager: EntityManager): Promise<void> {
    const active = { state: 'active' as const, rotationRequestedAt: IsNull() };
    await manager.update(SigningKey, active, { rotationRequestedAt: new Date() });
  }

  /**
   * Replaces the active keys that are due and whose successors may sign; of several processes one does it.
   *
   * @returns what this process has replaced
   */
  async rotateDue(manager: EntityManager): Promise<RotatedKey[]> {
    const keys = await current(manager);
    const now = Date.now();
    const rotated: RotatedKey[] = [];
    for (const { alg, kid, ...active } of keys.filter(({ state }) => state === 'active')) {
      const cause = this.causeToRotate(active, now);
      const next = keys.find((key) => key.alg === alg && key.state === 'next');
      if (!cause || !next || next.usableFrom.getTime() > now) continue;
      // It throws here rather than when nothing is left that signs.
      this.pairs.open(next);
      const retired = { state: 'retired', slot: null, retiredAt: new Date(now) } as const;
      const { affected } = await manager.update(SigningKey, { kid, state: 'active' }, retired);
      if (affected !== 1) continue;
      const activated = { state: 'active', slot: slotOf(alg, 'active'), activatedAt: new Date(now) } as const;
      await manager.update(SigningKey, { kid: next.kid }, activated);
      rotated.push({ alg, kid: next.kid, retiredKid: kid, cause });
    }
    return rotated;
  }

  /** The next keys of algorithms whose active key is to be replaced and has not been yet. */
  async awaited(manager: EntityManager): Promise<AwaitedKey[]> {
    const keys = await current(manager);
    const requested = keys.filter((key) => key.state === 'active' && key.rotationRequestedAt);
    return keys.filter((key) => key.state === 'next' && requested.some(({ alg }) => alg === key.alg));
  }

  /** Deletes retired keys whose last token has expired. */
  async deleteExpired(manager: EntityManager): Promise<void> {
    const retired = await manager.findBy(SigningKey, { state: 'retired' });
    const expired = retired.filter(
      (key) => key.retiredAt!.getTime() + key.longestTtl * 1000 + MARGIN_MS <= Date.now(),
    );
    for (const { kid } of expired) await manager.delete(SigningKey, { kid });
  }

  private causeToRotate(
    { activatedAt, rotationRequestedAt }: Pick<SigningKey, 'activatedAt' | 'rotationRequestedAt'>,
    now: number,
  ): RotatedKey['cause'] | undefined {
    if (rotationRequestedAt) return 'request';
    const { rotationDays } = this.config;
    const isOld = rotationDays > 0 && activatedAt!.getTime() + rotationDays * DAY_MS <= now;
    return isOld ? 'age' : undefined;
  }
}

/** The keys that sign or will, in the order of the algorithms. */
async function current(manager: EntityManager): Promise<SigningKey[]> {
  const keys = await manager.findBy(SigningKey, { state: In(['active', 'next']) });
  return SIGNING_ALGORITHMS.flatMap((alg) => keys.filter((key) => key.alg === alg));
}

async function missingAmong(manager: EntityManager, slots: string[]): Promise<string[]> {
  const taken = await manager.findBy(SigningKey, { slot: In(slots) });
  return slots.filter((slot) => !taken.some((key) => key.slot === slot));
}

async function insert(
  manager: EntityManager,
  state: 'active' | 'next',
  key: Pick<SigningKey, 'kid' | 'alg' | 'publicJwk' | 'privateKeySealed' | 'usableFrom'>,
  now: number,
): Promise<void> {
  await manager.insert(SigningKey, {
    ...key,
    state,
    slot: slotOf(key.alg, state),
    createdAt: new Date(now),
    activatedAt: state === 'active' ? new Date(now) : null,
  });
}

function slotOf(alg: SigningAlgorithm, state: SigningKeyState): string {
  return `${alg} ${state}`;
}
