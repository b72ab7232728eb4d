/** How long requests are counted together, in milliseconds: a window begins with a client's first request. */
export const WINDOW_MS = 60_000;

/** A client's present window. */
export interface Window {
  /** Requests so far, the present one included. */
  readonly hits: number;
  /** Milliseconds until the next request begins a new window. */
  readonly leftMs: number;
}

/** Counts requests; injected by this class. */
export abstract class RequestCounter {
  /** Adds a request of this client and says where that leaves it. Never fails. */
  abstract count(client: string): Promise<Window>;
}
