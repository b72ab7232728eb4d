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

/** Moves the clock of this process, and so of a service in it, by that many seconds. */
export function moveClock(seconds: number): void {
  jest.useFakeTimers({ now: Date.now() + seconds * 1000, doNotFake: [...REAL] });
}

/** Sets the clock right. */
export function resetClock(): void {
  jest.useRealTimers();
}
