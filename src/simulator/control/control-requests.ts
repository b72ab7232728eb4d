import { z } from 'zod';
import { endpointPaths } from '../endpoints/endpoint-paths.js';
import { appid } from '../state/app.js';
import { consent } from '../state/consent.js';
import { encryptionOptions, profileKind } from '../state/encrypted-data.js';

const user = z.string().min(1);

/** wx.login; without a user a new one logs in. */
export const codeRequest = z.strictObject({
  appid,
  user: user.optional(),
  /** Encrypts a profile of this kind, too. */
  profile: profileKind.optional(),
});

export const phoneCodeRequest = z.strictObject({ appid, user });

/** An authorization page; without a user a new one agrees. */
export const authorizationCodeRequest = z.strictObject({
  ...consent.partial().shape,
  appid,
  user: user.optional(),
});

export const encryptedDataRequest = z.strictObject({
  ...encryptionOptions.shape,
  appid,
  user,
  profile: profileKind.optional(),
});

/** Moves the clock by so much, or sets its distance from the machine's. */
export const clockRequest = z
  .strictObject({ advance_ms: z.int().optional(), offset_ms: z.int().optional() })
  .refine(
    ({ advance_ms, offset_ms }) => (advance_ms === undefined) !== (offset_ms === undefined),
    'must have either advance_ms or offset_ms',
  );

export const callsQuery = z.strictObject({
  path: z.enum(Object.values(endpointPaths)).optional(),
  appid: appid.optional(),
});

export type CodeRequest = z.infer<typeof codeRequest>;
export type AuthorizationCodeRequest = z.infer<typeof authorizationCodeRequest>;
export type PhoneCodeRequest = z.infer<typeof phoneCodeRequest>;
export type EncryptedDataRequest = z.infer<typeof encryptedDataRequest>;
export type ClockRequest = z.infer<typeof clockRequest>;
export type CallsQuery = z.infer<typeof callsQuery>;
