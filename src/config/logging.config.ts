import { z } from 'zod';

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const loggingVariables = {
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(', ')}`).default('info'),
};

/** How much is logged. */
export abstract class LoggingConfig {
  abstract readonly level: (typeof levels)[number];
}

export function loggingConfig(env: z.output<z.ZodObject<typeof loggingVariables>>): LoggingConfig {
  return { level: env.LOG_LEVEL };
}
