import { randomInt } from 'node:crypto';
import { circuitBreaker, CircuitState, handleWhenResult } from 'cockatiel';
import { CallSlots, NoFreeSlot } from './call-slots.js';
import { FaultRate } from './fault-rate.js';
import { QuotaBackOff } from './quota-back-off.js';
import { WechatFault, WechatUnavailable } from './wechat.errors.js';

/** Milliseconds from the opening of the circuit to the one call that probes it. */
const OPEN_MS = 5000;

export type RefusalReason = 'breaker' | 'bulkhead' | 'quota';
export type CircuitPhase = 'closed' | 'half-open' | 'open';

/** Who wants to know what becomes of a circuit. */
export interface CircuitObserver {
  phase(phase: CircuitPhase): void;
  refused(reason: RefusalReason): void;
}

/** How a call went. A fault is what speaks against WeChat's being reachable; its refusals speak for it. */
type Outcome<Value> = { readonly value: Value } | { readonly error: unknown; readonly fault: boolean };

const PHASES: Readonly<Record<CircuitState, CircuitPhase>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/**
 * What stands before the calls of one app: its used up quotas, a circuit breaker, a bound on calls at once.
 *
 * It refuses before anything is sent, so the code of a refused call is unspent; and it never repeats a call.
 */
export class AppCircuit {
  private readonly slots = new CallSlots();
  private readonly quotas = new QuotaBackOff();
  private readonly breaker = circuitBreaker(
    handleWhenResult(
      (outcome) => 'error' in (outcome as Outcome<unknown>) && (outcome as { fault: boolean }).fault,
    ),
    { halfOpenAfter: OPEN_MS, breaker: new FaultRate() },
  );
  private openings = 0;
  private openUntil = 0;

  constructor(private readonly observer: CircuitObserver) {
    this.breaker.onBreak(() => {
      this.openings++;
      this.openUntil = Date.now() + OPEN_MS;
    });
    this.breaker.onStateChange((state) => observer.phase(PHASES[state]));
  }

  /** Whether no call is under way and none waits. */
  get idle(): boolean {
    return this.slots.idle;
  }

  /**
   * Sends a call when its turn has come.
   *
   * @param patienceMs how long it may wait for that
   * @throws WechatUnavailable that was not `sent`, or what `send` throws
   */
  async run<Value>(endpoint: string, patienceMs: number, send: () => Promise<Value>): Promise<Value> {
    this.admit(endpoint);
    const outcome = await this.slots
      .run(() => this.throughBreaker(endpoint, send), patienceMs)
      .catch((error: unknown) => {
        throw error instanceof NoFreeSlot
          ? this.refuse('bulkhead', endpoint, 'too many calls at once')
          : error;
      });
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** @throws WechatUnavailable that was not `sent`, when a call of that endpoint would be refused just now */
  admit(endpoint: string): void {
    const quota = this.quotas.of(endpoint);
    if (quota) {
      this.observer.refused('quota');
      throw new WechatUnavailable({ ...quota, endpoint, sent: false });
    }
    const { state } = this.breaker;
    const left = state === CircuitState.Open ? this.openUntil - Date.now() : 0;
    // One call at a time probes; the others are not kept waiting for it.
    if (left <= 0 && state !== CircuitState.HalfOpen) return;
    // Spread out behind the end of it, for the same reason as at every fault.
    const retryAfter = randomInt(Math.min(5, Math.max(1, Math.ceil(left / 1000))), 6);
    throw this.refuse('breaker', endpoint, 'circuit breaker open', retryAfter);
  }

  private async throughBreaker<Value>(endpoint: string, send: () => Promise<Value>): Promise<Outcome<Value>> {
    // Much may have happened while the call waited.
    this.admit(endpoint);
    return this.breaker.execute(() => this.outcomeOf(endpoint, send));
  }

  private async outcomeOf<Value>(endpoint: string, send: () => Promise<Value>): Promise<Outcome<Value>> {
    const { openings } = this;
    try {
      return { value: await send() };
    } catch (error) {
      const unavailable = error instanceof WechatUnavailable;
      if (unavailable && error.errcode !== undefined) this.quotas.learn(endpoint, error.errcode);
      // An errcode is an answer, -1 too: it is quick, says when to come back, and may be about this one code.
      const fault = unavailable && error.errcode === undefined;
      // Sent before the circuit was opened, and overtaken by that: it says nothing new.
      if (fault && openings !== this.openings) throw error;
      return { error, fault };
    }
  }

  private refuse(
    reason: RefusalReason,
    endpoint: string,
    why: string,
    retryAfter?: number,
  ): WechatUnavailable {
    this.observer.refused(reason);
    return new WechatUnavailable({
      endpoint,
      retryAfter,
      sent: false,
      cause: new WechatFault('refused', why),
    });
  }
}
