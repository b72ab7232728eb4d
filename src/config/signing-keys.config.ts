import { type z } from 'zod';
import { integerVariable } from './variables.js';

export const signingKeysVariables = {
  SIGNING_KEY_ROTATION_DAYS: integerVariable(0, 3650).default(90),
};

/** How long a key signs. */
export abstract class SigningKeysConfig {
  /** Days after which a key is replaced; 0 = only on demand. */
  abstract readonly rotationDays: number;
}

export function signingKeysConfig(
  env: z.output<z.ZodObject<typeof signingKeysVariables>>,
): SigningKeysConfig {
  return { rotationDays: env.SIGNING_KEY_ROTATION_DAYS };
}
