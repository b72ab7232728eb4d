import {
  isSpanContextValid,
  trace,
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
} from '@opentelemetry/api';

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Goes on with the trace of whoever calls us, and says nothing of it to whoever we call: WeChat is no part of it. What
 * else a caller says of its trace (`tracestate`, `baggage`) is not taken over, for it may be anything.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export const incomingTrace: TextMapPropagator = {
  inject() {
    // Nobody is told.
  },

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const [, version, traceId, spanId, flags, rest] =
      TRACEPARENT.exec(String(getter.get(carrier, 'traceparent') ?? '')) ?? [];
    if (!traceId || !spanId || !flags || (version === '00' && rest !== undefined)) return context;
    const parent = { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
    return isSpanContextValid(parent) ? trace.setSpanContext(context, parent) : context;
  },

  fields: () => ['traceparent'],
};
