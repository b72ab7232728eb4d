import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { VERSION } from '../config/version.js';
import { DiscreetExporter } from './discreet-exporter.js';
import { incomingTrace } from './incoming-trace.js';
import { nameOfCall, nameOfRoute } from './span-names.js';

/** Traces that are being recorded. */
export interface Tracing {
  /** Sends what is left, for as long as `waitMs` at most, and ends. Never fails. */
  stop(waitMs: number): Promise<void>;
}

/** Whom nobody wants to follow: probes. */
const UNTRACED = /^\/(health\/|metrics(\?|$))/;

/**
 * Traces requests, the calls to WeChat and the statements of MySQL that they cause, from now on; called before the
 * application is loaded.
 *
 * @param endpoint base URL of a collector; the other standard variables are read by the SDK itself
 */
export function startTracing(endpoint: string): Tracing {
  const exporter = new DiscreetExporter(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }));
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'nest-ciam', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register({ propagator: incomingTrace });
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => UNTRACED.test(url ?? ''),
        applyCustomAttributesOnSpan: nameOfRoute,
      }),
      new UndiciInstrumentation({ requestHook: nameOfCall }),
      // Statements as they are prepared: their values are somebody's data.
      new MySQL2Instrumentation({ maskStatement: true }),
    ],
  });
  // What is imported is not looked at on its way, what is required is; and both are the same.
  const require = createRequire(import.meta.url);
  require('node:http');
  require('mysql2');
  return {
    stop: async (waitMs) => {
      const stopped = provider.shutdown().catch(() => undefined);
      await Promise.race([stopped, delay(waitMs)]);
    },
  };
}
