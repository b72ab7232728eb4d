import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { BATCH, inBatches } from '../database/batches.js';
import { Leases } from '../database/leases.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { ExpiredTokens } from '../tokens/expired-tokens.js';
import { Erasure } from './erasure.service.js';

/** Less than the pause between two runs, and more than a run may take: one instance at a time, and none left out. */
const LEASE_MS = 50_000;
const LONGEST_RUN_MS = 40_000;

/**
 * Deletes expired tokens, sessions, sealed successors and audit events, and what is left of deleted users, in bounded
 * batches; of all instances one does.
 */
@Injectable()
export class CleanUp {
  constructor(
    private readonly leases: Leases,
    private readonly unitOfWork: UnitOfWork,
    private readonly expired: ExpiredTokens,
    private readonly trail: AuditTrail,
    private readonly erasure: Erasure,
  ) {}

  /** What is left after a while, or when `ending` is aborted, is left to the next run. */
  async run(ending?: AbortSignal): Promise<void> {
    if (!(await this.leases.acquire('clean-up', LEASE_MS))) return;
    const batched = (work: (manager: EntityManager) => Promise<number>) => (mayGoOn: () => boolean) =>
      inBatches(this.unitOfWork, work, mayGoOn);
    const steps = [
      (mayGoOn: () => boolean) => this.erasure.followUp(mayGoOn),
      batched((manager) => this.expired.forgetSuccessors(manager, BATCH)),
      batched((manager) => this.expired.deleteBatch(manager, BATCH)),
      batched((manager) => this.trail.deleteBatch(manager, BATCH)),
    ];
    for (const step of steps) {
      // Each has its time, so that a backlog of one does not keep the others from their turn.
      const deadline = performance.now() + LONGEST_RUN_MS / steps.length;
      await step(() => performance.now() < deadline && !ending?.aborted);
    }
  }
}
