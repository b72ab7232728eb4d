import { type ZodError } from 'zod';

/** The environment is wrong; the message has one line for every offending variable and no value of any. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param problems `VARIABLE: what is wrong with it` */
  constructor(problems: readonly string[]) {
    super(`Wrong configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** What is wrong with each variable. */
export function problemsOf({ issues }: ZodError): string[] {
  return issues.map(({ path, message }) => `${path[0]?.toString()}: ${message}`);
}
