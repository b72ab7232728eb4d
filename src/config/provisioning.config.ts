import { z } from 'zod';
import { isPlaceholder } from './placeholder.js';

export const provisioningVariables = {
  NODE_ENV: z
    .string()
    // A misspelt `Production` must not quietly accept the secrets of a development machine.
    .regex(
      /^(?!prod(?!uction$))[a-z][a-z0-9_-]*$/,
      'must be a lower-case word: development, test or production',
    )
    .default('development'),
  PROVISION_FILE: z.string().optional(),
};

/** What is set up at boot, and where its secrets come from. */
export abstract class ProvisioningConfig {
  /** Path of the YAML file that is applied at boot. */
  abstract readonly file: string | undefined;
  /** The value of a variable that the file names (`client_secret_env`, `app_secret_env`); empty counts as unset. */
  abstract secret(variable: string): string | undefined;
  /** Whether a secret is refused: in production, one that examples print. */
  abstract refuses(secret: string): boolean;
}

export function provisioningConfig(
  env: z.output<z.ZodObject<typeof provisioningVariables>>,
  environment: Readonly<Record<string, string | undefined>>,
): ProvisioningConfig {
  return {
    file: env.PROVISION_FILE,
    secret: (variable) => environment[variable],
    refuses: (secret) => env.NODE_ENV === 'production' && isPlaceholder(secret),
  };
}
