import { z } from 'zod';

export const encryptionVariables = {
  ENCRYPTION_KEY: z
    .string()
    .refine(isKey, 'must be the base64 of 32 bytes')
    .transform((value) => Buffer.from(value, 'base64'))
    .optional(),
};

/** The key under which secrets are encrypted at rest. */
export abstract class EncryptionConfig {
  /** 32 bytes. */
  abstract readonly key: Buffer;
}

function isKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === 32;
}
