import { patiently, withPatience } from './patience.js';

/** More would make one statement too long. */
const MOST_ITEMS = 64;

/**
 * From one departure to the next, in milliseconds. Under load, what comes meanwhile goes together, which costs both
 * sides less; a request that comes alone waits for nobody.
 */
const GAP_MS = 4;

/** Round trips that read: more than one, so that one that is slow does not hold up all others. */
export const READS_AT_ONCE = 2;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks the database for many at once: what is asked for while `atOnce` round trips are under way, or soon after the last
 * has departed, goes with the next. Nobody is told what was read before he asked.
 */
export class SharedRoundTrips<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;
  private isDue = false;
  private departedAt = -Infinity;

  /**
   * @param make makes a round trip for all of the items, and answers each in its order; an error is that item's alone
   * @param atOnce round trips
   * @param gapMs from one departure to the next, in milliseconds
   */
  constructor(
    private readonly make: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
    private readonly atOnce: number,
    private readonly gapMs = GAP_MS,
  ) {}

  /** @throws DatabaseUnavailable when the request has waited long enough; the round trip goes on for the others */
  ask(item: Item): Promise<Result> {
    const answer = new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
    });
    this.beDue();
    return patiently(answer);
  }

  /** Behind everything that has arrived by now, so that it goes together. */
  private beDue(): void {
    if (this.waiting.length === 0 || this.isDue || this.underWay >= this.atOnce) return;
    this.isDue = true;
    const depart = () => {
      this.isDue = false;
      void this.depart();
    };
    const restMs = this.departedAt + this.gapMs - performance.now();
    if (restMs > 0) setTimeout(depart, restMs);
    else setImmediate(depart);
  }

  private async depart(): Promise<void> {
    const aboard = this.waiting.splice(0, MOST_ITEMS);
    this.underWay++;
    this.departedAt = performance.now();
    this.beDue();
    try {
      // For everybody who waits: the patience of one must not end it for the others.
      const results = await withPatience(() => this.make(aboard.map(({ item }) => item)));
      aboard.forEach(({ resolve, reject }, index) => {
        const result = results[index]!;
        if (result instanceof Error) reject(result);
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of aboard) reject(error);
    } finally {
      this.underWay--;
      this.beDue();
    }
  }
}
