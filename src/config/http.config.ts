import { isIP } from 'node:net';
import { z } from 'zod';
import { baseUrlVariable, integerVariable } from './variables.js';

export const httpVariables = {
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:%_-]+$/, 'must be a host name or an IP address')
    .default('127.0.0.1'),
  PORT: integerVariable(0, 65_535).default(3000),
  ISSUER: baseUrlVariable.optional(),
  WORKERS: z
    .union([z.literal('auto'), integerVariable(1, 256)], 'must be auto or a whole number from 1 to 256')
    .default(1),
  TRUST_PROXY: z.string().default('false').transform(trustProxy),
  SHUTDOWN_TIMEOUT_MS: integerVariable(0, 600_000).default(10_000),
};

/** Where the service listens, what it calls itself, and how it ends. */
export abstract class HttpConfig {
  abstract readonly host: string;
  /** 0 is any free port. */
  abstract readonly port: number;
  /** `iss`, and the base of every published URL; without a trailing slash. */
  abstract readonly issuer: string;
  /** Processes on this machine; `auto` is one per core. */
  abstract readonly workers: number | 'auto';
  /** Express' `trust proxy` value. */
  abstract readonly trustProxy: boolean | number | string;
  abstract readonly shutdownTimeoutMs: number;
}

export function httpConfig(env: z.output<z.ZodObject<typeof httpVariables>>): HttpConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    issuer: env.ISSUER ?? `http://127.0.0.1:${env.PORT}`,
    workers: env.WORKERS,
    trustProxy: env.TRUST_PROXY,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  };
}

/** Express takes a boolean, a number of hops, or a comma separated list of addresses, subnets and their names. */
function trustProxy(value: string, context: z.RefinementCtx): boolean | number | string {
  if (value === 'true' || value === 'false') return value === 'true';
  if (/^\d{1,2}$/.test(value)) return Number(value);
  if (value.split(',').every((part) => isProxy(part.trim()))) return value;
  context.addIssue('must be true, false, a number of hops, or a list of addresses and subnets');
  return z.NEVER;
}

function isProxy(entry: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(entry)) return true;
  const [address = '', prefix = '1', ...rest] = entry.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) > 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && +prefix >= 1 && +prefix <= bits
  );
}
