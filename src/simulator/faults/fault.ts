import { z } from 'zod';
import { endpointPaths } from '../endpoints/endpoint-paths.js';

const delayMs = z.int().min(0).max(3_600_000);

const script = {
  path: z.enum(Object.values(endpointPaths)),
  /** How many calls it meets; 1 when absent. */
  times: z
    .union([z.int().min(1), z.literal('always')], 'must be a whole number from 1 or "always"')
    .optional(),
  /** Waited before anything else happens. */
  delay_ms: delayMs.optional(),
};

/** Whether the call's work is done first: its code is spent, its token issued, though nobody learns of it. */
const spend = z.boolean().optional();

/** What goes wrong at an endpoint, and how often. */
export const fault = z.discriminatedUnion('kind', [
  z.strictObject({ ...script, kind: z.literal('delay'), delay_ms: delayMs }),
  z.strictObject({
    ...script,
    kind: z.literal('errcode'),
    spend,
    errcode: z.int(),
    errmsg: z.string().optional(),
  }),
  /** The connection stays open and is never answered. */
  z.strictObject({ ...script, kind: z.literal('hang'), spend }),
  /** The connection is reset (RST). */
  z.strictObject({ ...script, kind: z.literal('reset'), spend }),
  z.strictObject({ ...script, kind: z.literal('empty_body'), spend }),
  z.strictObject({ ...script, kind: z.literal('html_body'), spend }),
  /** Any status, headers and body: a redirect, a gateway's 502. */
  z.strictObject({
    ...script,
    kind: z.literal('raw'),
    spend,
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\t -~]*$/)).optional(),
    body: z.string().optional(),
  }),
  /** The right answer, followed by white space up to this size (512 KiB when absent). */
  z.strictObject({
    ...script,
    kind: z.literal('oversize_body'),
    bytes: z.int().min(1).max(67_108_864).optional(),
  }),
  /** The right answer with members replaced; null takes one away (RFC 7396). */
  z.strictObject({
    ...script,
    kind: z.literal('merge'),
    patch: z.record(z.string(), z.unknown()),
    raw_control_characters: z.boolean().optional(),
  }),
]);

export type Fault = z.infer<typeof fault>;
