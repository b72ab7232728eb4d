import { z } from 'zod';
import { ConfigurationError, problemsOf } from './configuration-error.js';
import { processEnvironment } from './environment.js';
import { booleanVariable, integerVariable } from './variables.js';

export const databaseVariables = {
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl, 'must be sqlite:PATH or mysql://user:password@host:port/name')
    .default('sqlite:data/ciam.sqlite'),
  DATABASE_POOL_SIZE: integerVariable(1, 1000).default(10),
  MIGRATIONS_RUN: booleanVariable.default(true),
};

/** Which database, and whether pending migrations run at boot. */
export abstract class DatabaseConfig {
  /** `sqlite:PATH`, `sqlite::memory:` or `mysql://user:password@host:port/name`. */
  abstract readonly url: string;
  /** Connections of this process. */
  abstract readonly poolSize: number;
  abstract readonly migrationsRun: boolean;
}

export function databaseConfig(env: z.output<z.ZodObject<typeof databaseVariables>>): DatabaseConfig {
  return { url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE, migrationsRun: env.MIGRATIONS_RUN };
}

/**
 * The database's slice alone, for tools that need nothing else.
 *
 * @throws ConfigurationError
 */
export function readDatabaseConfig(): DatabaseConfig {
  const present = Object.entries(processEnvironment()).filter(([, value]) => value);
  const parsed = z.object(databaseVariables).safeParse(Object.fromEntries(present));
  if (!parsed.success) throw new ConfigurationError(problemsOf(parsed.error));
  return databaseConfig(parsed.data);
}

function isDatabaseUrl(value: string): boolean {
  if (/^sqlite:.+/.test(value)) return true;
  if (!value.startsWith('mysql://') || !URL.canParse(value)) return false;
  const { pathname, username, password } = new URL(value);
  try {
    [pathname, username, password].forEach(decodeURIComponent);
  } catch {
    return false;
  }
  return /^\/[^/]+$/.test(pathname) && !/[?#]/.test(value);
}
