import { patiently, withPatience } from './patience.js';

/** More would make one statement too long. */
const MOST_ITEMS = 64;

/** Round trips that read: more than one, so that one that is slow does not hold up all others. */
export const READS_AT_ONCE = 2;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks the database for many at once: what is asked for while `atOnce` round trips are under way goes with the next.
 *
 * Nothing waits longer than for that, and nobody is told what was read before he asked.
 */
export class SharedRoundTrips<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private underWay = 0;
  private isDue = false;

  /**
   * @param make makes a round trip for all of the items, and answers each in its order; an error is that item's alone
   * @param atOnce round trips
   */
  constructor(
    private readonly make: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
    private readonly atOnce: number,
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
    if (this.isDue || this.underWay >= this.atOnce) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      void this.depart();
    });
  }

  private async depart(): Promise<void> {
    const aboard = this.waiting.splice(0, MOST_ITEMS);
    if (aboard.length === 0) return;
    this.underWay++;
    if (this.waiting.length > 0) this.beDue();
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
