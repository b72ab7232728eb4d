import { type EntityManager } from 'typeorm';
import { BATCH, inBatches } from '../database/batches.js';
import { type Leases } from '../database/leases.js';
import { type UnitOfWork } from '../database/unit-of-work.js';
import { type Erasure } from './erasure.service.js';

/** Less than the pause between two runs, and more than a run may take: one instance at a time, and none left out. */
const LEASE_MS = 50_000;
const LONGEST_RUN_MS = 40_000;

/**
 * Deletes up to `limit` things whose time is over; runs in the caller's unit of work.
 *
 * @returns how many; fewer than `limit` when none is left
 */
export type Expiry = (manager: EntityManager, limit: number) => Promise<number>;

/** Deletes whatever has expired, and what is left of deleted users, in bounded batches; of all instances one does. */
export class CleanUp {
  constructor(
    private readonly leases: Leases,
    private readonly unitOfWork: UnitOfWork,
    private readonly erasure: Erasure,
    private readonly expiries: readonly Expiry[],
  ) {}

  /** What is left after a while, or when `ending` is aborted, is left to the next run. */
  async run(ending?: AbortSignal): Promise<void> {
    if (!(await this.leases.acquire('clean-up', LEASE_MS))) return;
    const steps = [
      (mayGoOn: () => boolean) => this.erasure.followUp(mayGoOn),
      ...this.expiries.map(
        (expiry) => (mayGoOn: () => boolean) =>
          inBatches(this.unitOfWork, (manager) => expiry(manager, BATCH), mayGoOn),
      ),
    ];
    for (const step of steps) {
      // Each has its time, so that a backlog of one does not keep the others from their turn.
      const deadline = performance.now() + LONGEST_RUN_MS / steps.length;
      await step(() => performance.now() < deadline && !ending?.aborted);
    }
  }
}
