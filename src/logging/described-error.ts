import { types } from 'node:util';

/** An error as a log line has it. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Where it was thrown, without the message that a stack begins with. */
  readonly stack?: string;
  readonly cause?: { readonly name: string; readonly message: string };
}

/**
 * What may be logged of an error: name, message, code and stack; of its cause, name and message.
 *
 * A database quotes the values of a failed statement in its message: there the code stands for the message.
 */
export function describeError(error: Error): DescribedError {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: messageOf(error),
    ...(typeof code === 'string' && { code }),
    ...(error.stack && { stack: framesOf(error.stack) }),
    ...(isError(error.cause) && {
      cause: { name: error.cause.name, message: messageOf(error.cause) },
    }),
  };
}

/** What whoever has started a program may be shown of an error: its message; without one, its code or name. */
export function messageFor(error: unknown): string {
  if (!isError(error)) return String(error);
  const { message, code, name } = describeError(error);
  return message === '' ? (code ?? name) : message;
}

/** Whether a value is an error, one of another realm included. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The lines of a stack that say where, without those that say what. */
export function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');
}

function messageOf(error: Error): string {
  if (error instanceof AggregateError && !error.message) {
    return error.errors.map((each: unknown) => (isError(each) ? messageOf(each) : '')).join('; ');
  }
  const { code, driverError, query, sql } = error as Partial<Record<'code' | 'query' | 'sql', string>> & {
    driverError?: { code?: string };
  };
  if (driverError === undefined && sql === undefined) return error.message;
  return [driverError?.code ?? code ?? 'database error', query && `in ${query}`].filter(Boolean).join(' ');
}
