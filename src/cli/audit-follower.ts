import { setTimeout as delay } from 'node:timers/promises';
import { type AuditEventAnswer, type AuditReader } from '../admin/audit-reader.js';
import { type AuditFilter } from '../audit/audit-trail.js';
import { isUnreachable } from '../database/database-errors.js';
import { everyItem } from '../database/page.js';

const POLL_MS = 1000;
/** So much later than its time an event may come to be seen: when its unit of work, or its instance's clock, was slow. */
const LATE_MS = 10_000;

/** Reads events as they are recorded: each once, and none before those that it begins with. */
export class AuditFollower {
  private readonly seen = new Map<string, number>();
  private beginning: number;

  /** @param last the newest events that there were, the oldest of them first */
  constructor(
    private readonly reader: AuditReader,
    private readonly filter: AuditFilter,
    last: readonly AuditEventAnswer[],
  ) {
    // One that an instance has recorded whose clock is ahead is no reason to wait until then.
    this.beginning = last[0] ? Math.min(timeOf(last[0]), Date.now()) : 0;
    this.remember(last);
  }

  /**
   * Tells of each new event until `ending` is aborted.
   *
   * @param warn is told once when the database cannot be reached; it is asked again and again
   */
  async run(
    ending: AbortSignal,
    tell: (event: AuditEventAnswer) => void,
    warn: (error: unknown) => void,
  ): Promise<void> {
    let failing = false;
    do {
      try {
        (await this.unseen()).forEach(tell);
        failing = false;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        if (!failing) warn(error);
        failing = true;
      }
    } while (await passed(POLL_MS, ending));
  }

  private async unseen(): Promise<AuditEventAnswer[]> {
    const from = Math.max(this.filter.from?.getTime() ?? 0, this.horizon());
    const filter = { ...this.filter, from: new Date(from) };
    const events = await everyItem((request) => this.reader.list(filter, request));
    const unseen = events.filter(({ id }) => !this.seen.has(id)).reverse();
    this.remember(unseen);
    const told = unseen.filter((event) => timeOf(event) >= this.beginning);
    // What is older and was there at the first look has been seen now; what comes later was recorded later.
    this.beginning = 0;
    return told;
  }

  private remember(events: readonly AuditEventAnswer[]): void {
    for (const event of events) this.seen.set(event.id, timeOf(event));
    const horizon = this.horizon();
    for (const [id, time] of this.seen) if (time < horizon) this.seen.delete(id);
  }

  /** No event of before is still to come. An instance whose clock is ahead must not hide what others record. */
  private horizon(): number {
    return Math.max(0, Math.min(Math.max(...this.seen.values()), Date.now()) - LATE_MS);
  }
}

function timeOf({ created_at }: AuditEventAnswer): number {
  return Date.parse(created_at);
}

/** Whether the time has passed without an end. */
async function passed(ms: number, ending: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal: ending });
    return true;
  } catch {
    return false;
  }
}
