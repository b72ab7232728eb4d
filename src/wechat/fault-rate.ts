import { CircuitState, type IBreaker } from 'cockatiel';

const SECOND = 1000;
/** Seconds that are looked back on, the present one included. */
const WINDOW = 10;
/** Fewer calls than that in the window say nothing about WeChat. */
const MINIMUM_CALLS = 20;

interface Second {
  calls: number;
  faults: number;
}

/**
 * Opens the circuit when half of at least 20 calls of the last 10 s have failed.
 *
 * Calls are counted by second and forgotten with it, so that faults of an hour ago do not add up with one of now.
 */
export class FaultRate implements IBreaker {
  private readonly seconds = new Map<number, Second>();

  /** What the interface has for keeping it elsewhere; nobody does. */
  state: unknown;

  success(state: CircuitState): void {
    // The probe got through: what was before it is over.
    if (state === CircuitState.HalfOpen) this.seconds.clear();
    this.count(0);
  }

  failure(state: CircuitState): boolean {
    this.count(1);
    if (state !== CircuitState.Closed) return true;
    let [calls, faults] = [0, 0];
    for (const second of this.seconds.values()) {
      calls += second.calls;
      faults += second.faults;
    }
    return calls >= MINIMUM_CALLS && faults * 2 >= calls;
  }

  private count(faults: number): void {
    const now = Math.floor(Date.now() / SECOND);
    for (const second of this.seconds.keys()) {
      // Also what a clock that was set back has left in the future.
      if (second <= now - WINDOW || second > now) this.seconds.delete(second);
    }
    const { calls, faults: before } = this.seconds.get(now) ?? { calls: 0, faults: 0 };
    this.seconds.set(now, { calls: calls + 1, faults: before + faults });
  }
}
