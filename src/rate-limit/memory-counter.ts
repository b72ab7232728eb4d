import { WINDOW_MS, type RequestCounter, type Window } from './request-counter.js';

const MOST_CLIENTS = 100_000;

/**
 * Counts requests in this process alone: of several instances, each grants the whole limit.
 *
 * Windows that are over are dropped by the requests that follow; beyond 100 000 clients at once, the oldest are.
 */
export class MemoryCounter implements RequestCounter {
  /** In the order in which they end, as all last equally long. */
  private readonly windows = new Map<string, { hits: number; readonly endsAt: number }>();

  /** @param now a clock that never goes back, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  count(client: string): Promise<Window> {
    const now = this.now();
    this.dropEnded(now);
    let window = this.windows.get(client);
    if (!window) {
      window = { hits: 0, endsAt: now + WINDOW_MS };
      this.windows.set(client, window);
    }
    window.hits += 1;
    return Promise.resolve({ hits: window.hits, leftMs: window.endsAt - now });
  }

  /** Clients remembered. */
  get size(): number {
    return this.windows.size;
  }

  private dropEnded(now: number): void {
    for (const [client, { endsAt }] of this.windows) {
      if (endsAt > now && this.windows.size < MOST_CLIENTS) return;
      this.windows.delete(client);
    }
  }
}
