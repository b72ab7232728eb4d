import { setTimeout as delay } from 'node:timers/promises';
import { Counter } from 'prom-client';
import { type MetricsRegistry } from '../metrics/metrics-registry.js';
import { DatabaseUnavailable, isOvertaken, isTransient, obstacleOf } from './database-errors.js';

/** A key that is violated this often belongs to a row that no re-reading finds. */
const MOST_VIOLATIONS = 8;
const LONGEST_PAUSE_MS = 100;

/** Tries transactions again that somebody else's was in the way of. */
export class Retries {
  private readonly retries: Counter<'reason'>;

  constructor(registry: MetricsRegistry) {
    this.retries = new Counter({
      name: 'ciam_unit_of_work_retries_total',
      help: 'Transactions that were rolled back and run again, by what was in their way',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  /**
   * @param deadline by the monotonic clock, in milliseconds
   * @throws DatabaseUnavailable when locks stand in the way until then
   * @throws the database's own error when a key is violated again and again
   */
  async until<T>(deadline: number, attemptIt: () => Promise<T>): Promise<T> {
    let violations = 0;
    let cause: unknown;
    for (let attempt = 1; performance.now() < deadline; attempt++) {
      try {
        return await attemptIt();
      } catch (error) {
        if (isOvertaken(error)) violations++;
        else if (!isTransient(error)) throw error;
        if (violations === MOST_VIOLATIONS) throw error;
        cause = error;
        this.retries.inc({ reason: obstacleOf(error) });
        await delay(Math.random() * Math.min(2 ** attempt * 5, LONGEST_PAUSE_MS));
      }
    }
    throw new DatabaseUnavailable('no lock in time', { cause });
  }
}
