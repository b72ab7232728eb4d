import { z } from 'zod';
import { integerVariable } from './variables.js';

export const rateLimitVariables = {
  RATE_LIMIT_PER_MINUTE: integerVariable(0, 10_000_000).default(600),
  RATE_LIMIT_PER_CLIENT_PER_MINUTE: integerVariable(0, 10_000_000).default(0),
  REDIS_URL: z
    .string()
    .refine(
      (value) => /^rediss?:\/\//.test(value) && URL.canParse(value),
      'must be redis://host:port or rediss://host:port',
    )
    .optional(),
};

/** How many requests one client address, and one application, may send. */
export abstract class RateLimitConfig {
  /** Requests per client address and minute; 0 is no limit. */
  abstract readonly perMinute: number;
  /** Requests per application and minute, from wherever; 0 is no limit. */
  abstract readonly perClientPerMinute: number;
  /** Where instances share their counters; without it each process counts alone. */
  abstract readonly redisUrl: string | undefined;
}

export function rateLimitConfig(env: z.output<z.ZodObject<typeof rateLimitVariables>>): RateLimitConfig {
  return {
    perMinute: env.RATE_LIMIT_PER_MINUTE,
    perClientPerMinute: env.RATE_LIMIT_PER_CLIENT_PER_MINUTE,
    redisUrl: env.REDIS_URL,
  };
}
