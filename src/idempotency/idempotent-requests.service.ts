import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { In, LessThan, type EntityManager } from 'typeorm';
import { forUpdate } from '../database/row-lock.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { type IdempotencyKey } from './idempotency-key.js';
import { IdempotentRequest } from './idempotent-request.entity.js';

/** How long a request may be repeated, counted from when it first came. */
const REPEATABLE_MS = 60_000;
/** Longer than any attempt takes: WeChat's deadlines and the database's, one after the other. */
const LEASE_MS = 40_000;
/** What is left to do after progress is the database's alone. */
const LEASE_AFTER_PROGRESS_MS = 10_000;
/** Progress that could not be stored: at most what some seconds of an outage leave behind. */
const MOST_KEPT = 10_000;

/** The key has been used for another request. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused';
}

/** Another attempt was thought to be dead no longer, and has gone on with the request. */
export class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/** One try at a request; it has the request for itself. */
export interface Attempt {
  readonly key: IdempotencyKey;
  readonly owner: string;
  /** What an earlier attempt has come to. */
  readonly progress: string | undefined;
}

export type Claim =
  | { readonly state: 'mine'; readonly attempt: Attempt }
  /** Another attempt is at it. */
  | { readonly state: 'running' }
  /** Another attempt died, and it is not known what it has done. */
  | { readonly state: 'lost' }
  | { readonly state: 'done'; readonly outcome: string };

/** Requests that are carried out once however often they are sent, on whichever instance. */
@Injectable()
export class IdempotentRequests {
  private readonly instance = randomUUID();
  private attempts = 0;
  /** Owners of the attempts that this instance is working on. */
  private readonly running = new Set<string>();
  private readonly kept = new LRUCache<string, string>({ max: MOST_KEPT, ttl: REPEATABLE_MS });

  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Takes a request upon itself, or says how it stands with it. An attempt must be ended.
   *
   * @param request all that makes it this request
   * @throws IdempotencyKeyReused
   */
  async claim(key: IdempotencyKey, request: string): Promise<Claim> {
    const owner = `${this.instance}.${++this.attempts}`;
    // Before others can see it.
    this.running.add(owner);
    let claim: Claim | undefined;
    try {
      claim = await this.unitOfWork.run((manager) =>
        this.claimAs(owner, manager, key, key.fingerprint(request)),
      );
      return claim;
    } finally {
      if (claim?.state !== 'mine') this.running.delete(owner);
    }
  }

  /**
   * Remembers what must not be done twice, for whoever carries on; when the database cannot, this instance does.
   *
   * @throws TakenOver, or the database's error
   */
  async keepProgress(attempt: Attempt, progress: string): Promise<void> {
    const { id } = attempt.key;
    this.kept.set(id, attempt.key.seal(progress));
    await this.unitOfWork.run((manager) => this.progress(manager, attempt, progress));
    this.kept.delete(id);
  }

  /** Remembers it together with what else the unit of work does. @throws TakenOver */
  async progress(manager: EntityManager, attempt: Attempt, progress: string): Promise<void> {
    const leasedUntil = new Date(Date.now() + LEASE_AFTER_PROGRESS_MS);
    await this.update(manager, attempt, {
      state: 'progressed',
      sealed: attempt.key.seal(progress),
      leasedUntil,
    });
  }

  /** @throws TakenOver */
  async finish(manager: EntityManager, attempt: Attempt, outcome: string): Promise<void> {
    await this.update(manager, attempt, { state: 'done', sealed: attempt.key.seal(outcome) });
  }

  /** Forgets the request: nothing was done, and the next attempt is as good as the first. */
  async release({ key, owner }: Attempt): Promise<void> {
    await this.unitOfWork.run((manager) => manager.delete(IdempotentRequest, { id: key.id, owner }));
  }

  /** Leaves the request to whoever repeats it, with the progress that was made. */
  async giveUp({ key, owner }: Attempt): Promise<void> {
    const free = { leasedUntil: new Date(0) };
    await this.unitOfWork.run((manager) => manager.update(IdempotentRequest, { id: key.id, owner }, free));
  }

  /** The attempt is over, whatever has become of it. */
  end({ owner }: Attempt): void {
    this.running.delete(owner);
  }

  /**
   * Deletes up to `limit` requests that cannot be repeated any more; runs in the caller's unit of work.
   *
   * @returns how many were deleted; fewer than `limit` when none is left
   */
  async deleteBatch(manager: EntityManager, limit: number): Promise<number> {
    const rows = await manager.find(IdempotentRequest, {
      where: { expiresAt: LessThan(new Date()) },
      order: { expiresAt: 'ASC' },
      take: limit,
      select: { id: true },
    });
    if (rows.length > 0) await manager.delete(IdempotentRequest, { id: In(rows.map(({ id }) => id)) });
    return rows.length;
  }

  private async claimAs(
    owner: string,
    manager: EntityManager,
    key: IdempotencyKey,
    fingerprint: string,
  ): Promise<Claim> {
    const { id } = key;
    const now = Date.now();
    const row = await manager.findOne(IdempotentRequest, { where: { id }, ...forUpdate(manager) });
    const mine = (progress?: string): Claim => ({ state: 'mine', attempt: { key, owner, progress } });
    const leasedUntil = new Date(now + LEASE_MS);
    if (!row || row.expiresAt.getTime() <= now) {
      const expiresAt = new Date(now + REPEATABLE_MS);
      const begun = { fingerprint, state: 'begun', sealed: null, owner, leasedUntil, expiresAt } as const;
      // Two that find no row both insert it: one is refused by the key, runs again and finds it.
      if (row) await manager.update(IdempotentRequest, { id }, begun);
      else await manager.insert(IdempotentRequest, { id, ...begun });
      return mine();
    }
    if (row.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    if (row.state === 'done') return { state: 'done', outcome: key.open(row.sealed!) };
    if (this.isAlive(row, now)) return { state: 'running' };
    const progress = row.sealed ?? this.kept.get(id);
    if (progress === undefined) return { state: 'lost' };
    await manager.update(IdempotentRequest, { id }, { owner, leasedUntil });
    return mine(key.open(progress));
  }

  private isAlive({ owner, leasedUntil }: IdempotentRequest, now: number): boolean {
    return owner.startsWith(this.instance) ? this.running.has(owner) : leasedUntil.getTime() > now;
  }

  private async update(
    manager: EntityManager,
    { key, owner }: Attempt,
    changes: Partial<IdempotentRequest>,
  ): Promise<void> {
    const { affected } = await manager.update(IdempotentRequest, { id: key.id, owner }, changes);
    if (affected !== 1) throw new TakenOver();
  }
}
