import { z } from 'zod';

export const adminVariables = {
  ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{32,1024}$/, 'must be 32 to 1024 printable characters')
    .optional(),
};

/** Who may administrate. */
export abstract class AdminConfig {
  /** Bearer token of the admin API; without it the admin API does not exist. */
  abstract readonly token: string | undefined;
}

export function adminConfig(env: z.output<z.ZodObject<typeof adminVariables>>): AdminConfig {
  return { token: env.ADMIN_TOKEN };
}
