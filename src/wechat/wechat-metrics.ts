import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { type CircuitPhase, type RefusalReason } from './app-circuit.js';
import { isKnownErrcode } from './wechat-errcodes.js';
import { WechatCodeRejected, WechatFault, WechatMisconfigured, WechatUnavailable } from './wechat.errors.js';

const REASONS: readonly RefusalReason[] = ['breaker', 'bulkhead', 'quota'];
const PHASE_NUMBERS: Readonly<Record<CircuitPhase, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** What is measured of our calls to WeChat. App ids are as many as the auth sources have. */
@Injectable()
export class WechatMetrics {
  private readonly duration: Histogram<'endpoint' | 'outcome'>;
  private readonly errcodes: Counter<'endpoint' | 'errcode'>;
  private readonly breakerState: Gauge<'app_id'>;
  private readonly refusals: Counter<'app_id' | 'reason'>;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.duration = new Histogram({
      name: 'ciam_wechat_request_duration_seconds',
      help: 'Time from the sending of a request to WeChat to its outcome',
      labelNames: ['endpoint', 'outcome'],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.errcodes = new Counter({
      name: 'ciam_wechat_errcodes_total',
      help: 'Answers of WeChat by errcode, success excepted',
      labelNames: ['endpoint', 'errcode'],
      registers,
    });
    this.breakerState = new Gauge({
      name: 'ciam_wechat_breaker_state',
      help: 'Circuit breaker of an app: 0 closed, 1 half-open, 2 open',
      labelNames: ['app_id'],
      registers,
    });
    this.refusals = new Counter({
      name: 'ciam_wechat_refused_total',
      help: 'Calls to WeChat that were not sent, by what refused them',
      labelNames: ['app_id', 'reason'],
      registers,
    });
  }

  /** @param error what the request ended with, unless it was answered */
  request(endpoint: string, seconds: number, error?: unknown): void {
    this.duration.observe({ endpoint, outcome: outcomeOf(error) }, seconds);
    const { errcode } = (error ?? {}) as { readonly errcode?: number };
    if (errcode === undefined) return;
    this.errcodes.inc({ endpoint, errcode: isKnownErrcode(errcode) ? String(errcode) : 'other' });
  }

  breakerPhase(appId: string, phase: CircuitPhase): void {
    this.breakerState.set({ app_id: appId }, PHASE_NUMBERS[phase]);
  }

  refused(appId: string, reason: RefusalReason): void {
    this.refusals.inc({ app_id: appId, reason });
  }

  /** Takes an app out of what is shown. */
  forget(appId: string): void {
    this.breakerState.remove({ app_id: appId });
    for (const reason of REASONS) this.refusals.remove({ app_id: appId, reason });
  }
}

/** One of a few words. */
function outcomeOf(error: unknown): string {
  if (error === undefined) return 'ok';
  if (error instanceof WechatCodeRejected) return 'code_rejected';
  if (error instanceof WechatMisconfigured) return 'misconfigured';
  if (!(error instanceof WechatUnavailable)) return 'failed';
  if (error.errcode !== undefined) return error.errcode === -1 ? 'busy' : 'quota';
  return error.cause instanceof WechatFault ? error.cause.kind : 'failed';
}
