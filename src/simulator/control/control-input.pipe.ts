import { type PipeTransform } from '@nestjs/common';
import { type z } from 'zod';
import { InvalidControlRequest } from '../state/invalid-control-request.js';

/** Reads a JSON body (bytes, for the simulator parses none in advance) or a query, and holds it to a schema. */
export class ControlInput<Output> implements PipeTransform<unknown, Output> {
  constructor(private readonly schema: z.ZodType<Output>) {}

  /** @throws InvalidControlRequest naming every wrong or unknown field */
  transform(input: unknown): Output {
    const result = this.schema.safeParse(Buffer.isBuffer(input) ? parse(input) : (input ?? {}));
    if (result.success) return result.data;
    throw new InvalidControlRequest(result.error.issues.flatMap(describe).join('; '));
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw InvalidControlRequest.field('body', 'is not JSON');
  }
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown field`);
  }
  return [`${issue.path.join('.') || 'body'}: ${issue.message}`];
}
