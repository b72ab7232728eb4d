import { jest } from '@jest/globals';

/** Timers go on as they are: only what time it is changes. */
const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Sets the clock of this process, and so of a service in it, and stops it. @param now milliseconds since 1970 */
export function stopClock(now: number): void {
  jest.useFakeTimers({ now, doNotFake: [...REAL] });
}

/** Moves the clock by that many seconds. */
export function moveClock(seconds: number): void {
  stopClock(Date.now() + seconds * 1000);
}

/** Sets the clock right. */
export function resetClock(): void {
  jest.useRealTimers();
}
