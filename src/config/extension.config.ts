import { z } from 'zod';

export const extensionVariables = {
  GRANT_MODULES: z
    .string()
    .transform((value) => value.split(',').map((name) => name.trim()))
    .refine(
      (names) => names.every((name) => /^[!-~]+$/.test(name)),
      'must be paths of files and names of packages, separated by commas',
    )
    .refine((names) => new Set(names).size === names.length, 'must not name one twice')
    .default([]),
};

/** What is loaded besides the service's own grants. */
export abstract class ExtensionConfig {
  /** Paths of files, relative to the working directory and beginning with `.` or `/`, and names of packages. */
  abstract readonly grantModules: readonly string[];
}

export function extensionConfig(env: z.output<z.ZodObject<typeof extensionVariables>>): ExtensionConfig {
  return { grantModules: env.GRANT_MODULES };
}
