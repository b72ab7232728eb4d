import { Injectable } from '@nestjs/common';
import { In, IsNull, type EntityManager } from 'typeorm';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { SigningKeysConfig } from '../config/signing-keys.config.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { CLOCK_MARGIN_MS } from './clock-margin.js';
import { KeyPairs, type KeyPair } from './key-pairs.js';
import { SigningKey, type SigningKeyState } from './signing-key.entity.js';

/** How long anybody may keep the JWKS, in seconds. */
export const JWKS_MAX_AGE_S = 300;

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
      const present = await this.unitOfWork.run((manager) => statesOf(manager, alg));
      // Key pairs take long to make, so they are made before anything is locked.
      if (present.length === 0)
        await this.insertFirst(alg, await this.pairs.create(alg), await this.pairs.create(alg));
      else if (!present.includes('next')) await this.insertNext(alg, await this.pairs.create(alg));
      else if (!present.includes('active')) await this.promoteNext(alg);
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
      // Its public half is all that is needed of it from now on.
      const retired = {
        state: 'retired',
        slot: null,
        retiredAt: new Date(now),
        privateKeySealed: '',
      } as const;
      const { affected } = await manager.update(SigningKey, { kid, state: 'active' }, retired);
      if (affected !== 1) continue;
      await activate(manager, alg, { kid: next.kid }, now);
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
      (key) => key.retiredAt!.getTime() + key.longestTtl * 1000 + CLOCK_MARGIN_MS <= Date.now(),
    );
    for (const { kid } of expired) await manager.delete(SigningKey, { kid });
  }

  /** Keys that are published together with the first one are known to everybody who knows any: both may sign at once. */
  private async insertFirst(alg: SigningAlgorithm, active: KeyPair, next: KeyPair): Promise<void> {
    await this.unitOfWork.run(async (manager) => {
      if ((await statesOf(manager, alg)).length > 0) return;
      const now = Date.now();
      await insert(manager, 'active', active, now, now);
      await insert(manager, 'next', next, now, now);
    });
  }

  private async insertNext(alg: SigningAlgorithm, next: KeyPair): Promise<void> {
    await this.unitOfWork.run(async (manager) => {
      if ((await statesOf(manager, alg)).includes('next')) return;
      const now = Date.now();
      await insert(manager, 'next', next, now, now + JWKS_MAX_AGE_S * 1000 + CLOCK_MARGIN_MS);
    });
  }

  /** Somebody has deleted the active key: better one that is not known to everybody yet than none. */
  private async promoteNext(alg: SigningAlgorithm): Promise<void> {
    await this.unitOfWork.run(async (manager) => {
      if ((await statesOf(manager, alg)).includes('active')) return;
      await activate(manager, alg, { slot: slotOf(alg, 'next') }, Date.now());
    });
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

/** Which of its two slots the algorithm has keys in. */
async function statesOf(manager: EntityManager, alg: SigningAlgorithm): Promise<SigningKeyState[]> {
  const slots = [slotOf(alg, 'active'), slotOf(alg, 'next')];
  return (await manager.findBy(SigningKey, { slot: In(slots) })).map(({ state }) => state);
}

async function insert(
  manager: EntityManager,
  state: 'active' | 'next',
  pair: KeyPair,
  now: number,
  usableFrom: number,
): Promise<void> {
  await manager.insert(SigningKey, {
    ...pair,
    state,
    slot: slotOf(pair.alg, state),
    createdAt: new Date(now),
    usableFrom: new Date(usableFrom),
    activatedAt: state === 'active' ? new Date(now) : null,
  });
}

async function activate(
  manager: EntityManager,
  alg: SigningAlgorithm,
  next: { kid: string } | { slot: string },
  now: number,
): Promise<void> {
  const activated = { state: 'active', slot: slotOf(alg, 'active'), activatedAt: new Date(now) } as const;
  await manager.update(SigningKey, next, activated);
}

function slotOf(alg: SigningAlgorithm, state: SigningKeyState): string {
  return `${alg} ${state}`;
}
