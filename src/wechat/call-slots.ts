import { bulkhead, isBulkheadRejectedError } from 'cockatiel';

/** Calls of one app that may be under way at once, in this process. */
const CONCURRENT_CALLS = 100;
/** Calls that may wait for one of them to end. */
const WAITING_CALLS = 200;

/** All slots were taken for too long, or too many were waiting already. */
export class NoFreeSlot extends Error {
  override readonly name = 'NoFreeSlot';
}

/** A bounded number of calls at once, and a bounded number that waits, for a bounded time. */
export class CallSlots {
  private readonly slots = bulkhead(CONCURRENT_CALLS, WAITING_CALLS);

  /** Whether no call is under way and none waits. */
  get idle(): boolean {
    return this.slots.executionSlots === CONCURRENT_CALLS && this.slots.queueSlots === WAITING_CALLS;
  }

  /**
   * Does the work in a slot, as soon as there is one.
   *
   * @param patienceMs how long to wait for it
   * @throws NoFreeSlot when the work was not begun
   */
  run<Value>(work: () => Promise<Value>, patienceMs: number): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      let waiting = true;
      const giveUp = () => {
        waiting = false;
        reject(new NoFreeSlot());
      };
      const patience = this.slots.executionSlots > 0 ? undefined : setTimeout(giveUp, patienceMs);
      // The signal of the bulkhead is no help: it keeps the caller waiting, and the next in line as well.
      const turn = this.slots.execute(async () => {
        clearTimeout(patience);
        if (!waiting) return;
        waiting = false;
        await work().then(resolve, reject);
      });
      turn.catch((error: unknown) => {
        clearTimeout(patience);
        reject(isBulkheadRejectedError(error) ? new NoFreeSlot() : (error as Error));
      });
    });
  }
}
