import { type z } from 'zod';
import { baseUrlVariable } from './variables.js';

export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrlVariable.optional(),
};

/** Where traces go. */
export abstract class TracingConfig {
  /** Base URL of an OpenTelemetry collector, without a trailing slash; without it nothing is traced. */
  abstract readonly endpoint: string | undefined;
}

export function tracingConfig(env: z.output<z.ZodObject<typeof tracingVariables>>): TracingConfig {
  return { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT };
}
