import { type GrantUnderTest } from './grant-under-test.js';
import { requestChecks } from './request-checks.js';
import { runCheck, type Check } from './check.js';
import { secrecyChecks } from './secrecy-checks.js';
import { signInChecks } from './sign-in-checks.js';

/** All of them. */
export const CHECKS: readonly Check[] = [...requestChecks, ...signInChecks, ...secrecyChecks];

/** A check starts a service and may wait for one that hangs. */
const CHECK_TIMEOUT_MS = 120_000;

/**
 * How a check went.
 *
 * @publicApi
 */
export interface CheckResult {
  /** What every grant must do. */
  readonly check: string;
  readonly outcome: 'passed' | 'failed' | 'left out';
  /** Why it failed, or cannot be tried. */
  readonly reason?: string;
}

/**
 * Tries on a grant what every grant must do; each check on a service of its own, on SQLite in memory.
 *
 * @returns the results, in the order in which they come
 * @publicApi
 */
export async function* checkConformance(grant: GrantUnderTest): AsyncGenerator<CheckResult> {
  for (const check of CHECKS) {
    const leftOut = check.isLeftOut?.(grant);
    yield leftOut === undefined
      ? await resultOf(check, grant)
      : { check: check.name, outcome: 'left out', reason: leftOut };
  }
}

/**
 * The same checks as tests of Jest.
 *
 * @publicApi
 */
export function describeConformance(grant: GrantUnderTest): void {
  const { describe, it } = globalThis as unknown as TestFramework;
  describe(`${grant.grantType} conforms: it`, () => {
    for (const check of CHECKS) {
      if (check.isLeftOut?.(grant) === undefined)
        it(check.name, () => runCheck(check, grant), CHECK_TIMEOUT_MS);
    }
  });
}

/** What is used of Jest. */
interface TestFramework {
  readonly describe: (name: string, tests: () => void) => void;
  readonly it: (name: string, test: () => Promise<void>, timeoutMs: number) => void;
}

async function resultOf(check: Check, grant: GrantUnderTest): Promise<CheckResult> {
  try {
    await runCheck(check, grant);
    return { check: check.name, outcome: 'passed' };
  } catch (error) {
    return {
      check: check.name,
      outcome: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}
