import { type Clock } from '../clock.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** WeChat's day begins at midnight in Beijing. */
const BEIJING_MS = 8 * 3_600_000;

/** Call counters over calendar minutes and days. */
export class Quotas {
  private readonly counters = new Map<string, { window: number; count: number }>();

  constructor(private readonly clock: Clock) {}

  /** Counts one call; false when it is one more than the minute allows. A limit of 0 allows any number. */
  takeMinute(name: string, limit: number): boolean {
    return this.take(name, limit, Math.floor(this.clock.now() / MINUTE_MS));
  }

  /** The same for a day. */
  takeDay(name: string, limit: number): boolean {
    return this.take(name, limit, Math.floor((this.clock.now() + BEIJING_MS) / DAY_MS));
  }

  private take(name: string, limit: number, window: number): boolean {
    if (limit === 0) return true;
    const counter = this.counters.get(name);
    const count = counter?.window === window ? counter.count + 1 : 1;
    this.counters.set(name, { window, count });
    return count <= limit;
  }
}
