import { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseUnavailable } from './database-errors.js';

/**
 * How long a request waits for the database, all its statements and connections together; in milliseconds.
 *
 * Each wait by itself ends sooner. More than one of these: a crowd that waits for its turn is not to be sent away.
 */
const PATIENCE_MS = 10_000;

interface Patience {
  leftMs: number;
}

const ofRequest = new AsyncLocalStorage<Patience>();

/** Does `work`, and whatever follows from it, with a patience of its own. */
export function withPatience<T>(work: () => T): T {
  return ofRequest.run({ leftMs: PATIENCE_MS }, work);
}

/** Gives each request a patience of its own: what every application has that answers requests. */
export function patientWithDatabase(_request: unknown, _response: unknown, next: () => void): void {
  withPatience(next);
}

/** How much longer the request may wait, in milliseconds; endless for what is done for no request. */
export function patienceLeft(): number {
  return ofRequest.getStore()?.leftMs ?? Infinity;
}

/** Begins a wait that counts. @returns ends it */
export function waiting(): () => void {
  const patience = ofRequest.getStore();
  const begunAt = performance.now();
  return () => {
    if (patience) patience.leftMs -= performance.now() - begunAt;
  };
}

/**
 * Waits for what is done for several requests at once, for as long as this one may.
 *
 * @throws DatabaseUnavailable when its patience has ended; the work goes on for the others
 */
export async function patiently<T>(work: Promise<T>): Promise<T> {
  const leftMs = patienceLeft();
  if (leftMs === Infinity) return work;
  const ended = waiting();
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new DatabaseUnavailable('waited for the database long enough'));
    timer = setTimeout(giveUp, Math.max(0, leftMs));
  });
  try {
    return await Promise.race([work, impatience]);
  } finally {
    clearTimeout(timer);
    ended();
  }
}
