import { ConformanceFailure, type GrantUnderTest } from './grant-under-test.js';
import { TestBench, type Answer } from './test-bench.js';

/** Something that holds of every grant. */
export interface Check {
  /** What holds, as a sentence about the grant. */
  readonly name: string;
  /** Whether it can be tried on this grant; else why it cannot. */
  readonly isLeftOut?: (grant: GrantUnderTest) => string | undefined;
  /** @throws ConformanceFailure when it does not hold */
  readonly run: (bench: TestBench) => Promise<void>;
}

/**
 * Tries one check on a service of its own.
 *
 * @throws ConformanceFailure when it does not hold
 */
export async function runCheck(check: Check, grant: GrantUnderTest): Promise<void> {
  const bench = await TestBench.start(grant);
  try {
    await check.run(bench);
  } finally {
    await bench.close();
  }
}

/** @throws ConformanceFailure */
export function hold(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ConformanceFailure(otherwise);
}

const ERROR_MEMBERS = ['error', 'error_description', 'error_uri'];
/** @see RFC 6749 §5.2 */
const ERROR_TEXT = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * An error answer as it is documented.
 *
 * @param what was asked, for whoever reads the complaint
 * @param sent what must not be found in it
 */
export function holdError(
  { status, headers, body, text }: Answer,
  what: string,
  expected: { readonly error: string; readonly description?: string; readonly status?: number },
  sent: readonly unknown[] = [],
): void {
  const { error, description, status: code = 400 } = expected;
  const wanted = [code, error, description].filter((part) => part !== undefined).join(' ');
  hold(
    status === code && body.error === error,
    `${what} is answered with ${status} ${text}, not with ${wanted}`,
  );
  const said = body.error_description;
  hold(
    typeof said === 'string' && ERROR_TEXT.test(said),
    `${what}: its error_description is not ASCII without " and \\`,
  );
  hold(
    description === undefined || description === said,
    `${what} is answered with "${said}", not with "${description}"`,
  );
  const others = Object.keys(body).filter((name) => !ERROR_MEMBERS.includes(name));
  hold(others.length === 0, `${what}: its error body has ${others.join(', ')}`);
  hold(headers.get('content-type') === 'application/json;charset=UTF-8', `${what}: its error is not JSON`);
  hold(headers.get('cache-control') === 'no-store', `${what}: its error may be cached`);
  for (const value of sent) {
    hold(typeof value !== 'string' || !text.includes(value), `${what}: its error quotes what was sent`);
  }
}

export function holdTokens({ status, body, text }: Answer, what: string): void {
  hold(status === 200, `${what} is answered with ${status} ${text}, not with tokens`);
  for (const name of ['access_token', 'id_token', 'scope']) {
    hold(typeof body[name] === 'string', `${what} brings no ${name}`);
  }
}

/** `sub` of the ID token. */
export function subjectOf({ body }: Answer): string {
  const [, payload] = String(body.id_token).split('.');
  return (JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { sub: string }).sub;
}
