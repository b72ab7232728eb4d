import { z } from 'zod';

export const encryptionVariables = {
  ENCRYPTION_KEY: z
    .string()
    .refine(isKey, 'must be the base64 of 32 bytes')
    .transform((value) => Buffer.from(value, 'base64'))
    .optional(),
  DECRYPTION_KEYS: z
    .string()
    .transform((value) => value.split(/\s+/).filter(Boolean))
    .refine((keys) => keys.every(isKey), 'must be the base64 of 32 bytes each, separated by spaces')
    .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))
    .default([]),
};

/** The keys under which secrets are encrypted at rest. */
export abstract class EncryptionConfig {
  /** What is sealed is sealed under this one; 32 bytes. */
  abstract readonly key: Buffer;
  /** What was sealed under one of these can be opened, too: while the key is being replaced. */
  abstract readonly decryptionKeys: readonly Buffer[];
}

function isKey(value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === 32;
}
