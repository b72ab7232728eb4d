import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { BATCH, inBatches } from '../database/batches.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { SessionsService } from '../tokens/sessions.service.js';

/** Longer than any request lasts that was begun before the user was deleted. */
const FOLLOWED_MS = 3_600_000;

/**
 * Leaves nothing of users who have been deleted: no session, and no event that tells of the person.
 *
 * A login that was under way may bring some of both after the deletion, and a process may die in the middle of one: so
 * each deletion of the last hour is gone over again.
 */
@Injectable()
export class Erasure {
  constructor(
    private readonly sessions: SessionsService,
    private readonly trail: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** @param mayGoOn whether there is time for another user */
  async followUp(mayGoOn: () => boolean): Promise<void> {
    const since = new Date(Date.now() - FOLLOWED_MS);
    const userIds = await this.unitOfWork.read((manager) => this.trail.deletedUsers(manager, since));
    for (const userId of userIds) {
      if (!mayGoOn()) return;
      await this.erase(userId);
    }
  }

  /** @param userId of a user who is deleted */
  async erase(userId: string): Promise<void> {
    await inBatches(
      this.unitOfWork,
      async (manager) => (await this.sessions.endBatch(manager, { userId }, BATCH)).length,
    );
    let after: string | undefined;
    do {
      const request = { limit: BATCH, ...(after === undefined ? {} : { after }) };
      after = await this.unitOfWork.run((manager) => this.trail.forgetPerson(manager, userId, request));
      await turn();
    } while (after !== undefined);
  }
}
