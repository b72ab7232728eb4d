import { ROOT_CONTEXT, defaultTextMapGetter, trace } from '@opentelemetry/api';
import { incomingTrace } from './incoming-trace.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

const parentOf = (traceparent?: string) =>
  trace.getSpanContext(incomingTrace.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter));

describe('a trace that comes in', () => {
  it.each([
    [`00-${TRACE_ID}-${SPAN_ID}-01`, 1],
    [`00-${TRACE_ID}-${SPAN_ID}-00`, 0],
    [`00-${TRACE_ID}-${SPAN_ID}-03`, 1],
    // A version of the future may say more.
    [`cc-${TRACE_ID}-${SPAN_ID}-01-more`, 1],
  ])('goes on: %s', (traceparent, traceFlags) => {
    expect(parentOf(traceparent)).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true });
  });

  it.each([
    undefined,
    '',
    'anything',
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `cc-${TRACE_ID}-${SPAN_ID}-01more`,
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  ])('is none: %s', (traceparent) => {
    expect(parentOf(traceparent)).toBeUndefined();
  });

  it('is told to nobody', () => {
    const carrier = {};
    const context = incomingTrace.extract(
      ROOT_CONTEXT,
      { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` },
      defaultTextMapGetter,
    );
    incomingTrace.inject(context, carrier, { set: () => expect(true).toBe(false) });
    expect(carrier).toEqual({});
  });
});
