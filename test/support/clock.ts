import { jest } from '@jest/globals';

let timePassed: jest.Spied<typeof performance.now> | undefined;

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

/** Stops the clock, and with it whatever a service that is started now would do every so often. */
export function holdIntervals(): void {
  jest.useFakeTimers({ doNotFake: REAL.filter((name) => !name.endsWith('Interval')) });
}

/** Moves the clock, and does whatever was to be done meanwhile; not more than `holdIntervals` has stopped. */
export function letIntervalsPass(seconds: number): void {
  jest.advanceTimersByTime(seconds * 1000);
}

/** As if that many seconds had passed for whatever measures how long something takes; what time it is does not change. */
export function letTimePass(seconds: number): void {
  const now = performance.now.bind(performance);
  timePassed = jest.spyOn(performance, 'now').mockImplementation(() => now() + seconds * 1000);
}

/** Sets the clock right. */
export function resetClock(): void {
  jest.useRealTimers();
  timePassed?.mockRestore();
}
