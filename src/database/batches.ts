import { setImmediate as turn } from 'node:timers/promises';
import { type EntityManager } from 'typeorm';
import { type UnitOfWork } from './unit-of-work.js';

/** So few rows that nobody waits long for their locks. */
export const BATCH = 500;

/**
 * Does a work on many rows in one unit of work after the other, while requests go on.
 *
 * @param work does it to up to `BATCH` rows, and says to how many; fewer when none is left
 * @param mayGoOn whether there is time for another batch; what is left then is left to somebody else
 */
export async function inBatches(
  unitOfWork: UnitOfWork,
  work: (manager: EntityManager) => Promise<number>,
  mayGoOn: () => boolean = () => true,
): Promise<void> {
  for (let done = BATCH; done === BATCH && mayGoOn();) {
    done = await unitOfWork.run(work);
    // SQLite answers within the same turn of the event loop: without this, all requests wait for all batches.
    await turn();
  }
}
