import { install, type Clock } from '@sinonjs/fake-timers';

const realNow = performance.now.bind(performance);

let clock: Clock | undefined;

/**
 * Sets the clock of this process, and so of a service in it, and stops it. Timers go on as they are: only what time
 * it is changes.
 *
 * @param now milliseconds since 1970
 * @publicApi
 */
export function stopClock(now: number): void {
  fake(['Date'], now);
}

/**
 * Moves the clock, and stops it there.
 *
 * @publicApi
 */
export function moveClock(seconds: number): void {
  stopClock(Date.now() + seconds * 1000);
}

/**
 * Stops the clock, and with it whatever a service that is started now would do every so often.
 *
 * @param now what it shows, in milliseconds since 1970
 * @publicApi
 */
export function holdIntervals(now = Date.now()): void {
  fake(['Date', 'setInterval', 'clearInterval'], now);
}

/**
 * Moves the clock, and does whatever was to be done meanwhile; not more than `holdIntervals` has stopped.
 *
 * @publicApi
 */
export function letIntervalsPass(seconds: number): void {
  if (!clock) throw new Error('No intervals are held');
  clock.tick(seconds * 1000);
}

/**
 * As if that many seconds had passed for whatever measures how long something takes; what time it is does not change.
 *
 * @publicApi
 */
export function letTimePass(seconds: number): void {
  performance.now = () => realNow() + seconds * 1000;
}

/**
 * Sets the clock right.
 *
 * @publicApi
 */
export function resetClock(): void {
  clock?.uninstall();
  clock = undefined;
  performance.now = realNow;
}

function fake(toFake: ('Date' | 'setInterval' | 'clearInterval')[], now: number): void {
  clock?.uninstall();
  clock = install({ now, toFake });
}
