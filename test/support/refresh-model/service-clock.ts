import { holdIntervals, stopClock } from '../../../src/testing/clock.js';

/** A whole second, as the times in tokens are. */
const START = 1_700_000_000_000;

/**
 * The date of this process stands still from now on. A service that is started now does nothing by itself: what is cleaned
 * up each minute would be missed.
 */
export function stopDate(): void {
  holdIntervals(START);
}

/** @param now milliseconds since the run began */
export function setDate(now: number): void {
  stopClock(START + now);
}

/** @returns milliseconds since the run began */
export function sinceStart(time: Date): number {
  return time.getTime() - START;
}
