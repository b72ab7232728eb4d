import { isDeepStrictEqual } from 'node:util';

/** A step of the demo went wrong; the message is for people. */
export class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}

/** @throws DemoFailed showing both when they differ */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new DemoFailed(
    `Wrong ${what}\n  expected: ${JSON.stringify(expected)}\n  received: ${JSON.stringify(actual)}`,
  );
}

/** @throws DemoFailed when the text is another, or no text at all */
export function expectMatch(what: string, actual: unknown, expected: RegExp): void {
  if (typeof actual === 'string' && expected.test(actual)) return;
  throw new DemoFailed(
    `Wrong ${what}\n  expected: ${expected.source}\n  received: ${JSON.stringify(actual)}`,
  );
}
