import { CommanderError } from 'commander';
import { ChangedMeanwhile, ResourceConflict, UnknownResource } from '../admin/administration.errors.js';
import { SettingsRefused } from '../database/settings.js';
import { OBEYED, escaped } from './printable.js';
import { messageFor } from '../logging/described-error.js';
import { ProvisioningRefused } from '../provisioning/provisioning-document.js';

/** What the exit codes say, as the help has it. */
export const EXIT_CODES = `Exit codes:
  0  done
  1  failed: the configuration, the database, WeChat, a fault of ours
  2  wrong usage, or values that are not valid
  3  there is no such thing
  4  what it is now forbids it: it exists already, is enabled, is public`;

const FAILED = 1;
const WRONG_USAGE = 2;
const UNKNOWN = 3;
const CONFLICT = 4;

/** Migrations are pending, and `MIGRATIONS_RUN` is false. */
export class MigrationsPending extends Error {
  override readonly name = 'MigrationsPending';

  constructor() {
    super('Migrations are pending: run npm run cli -- migrate first');
  }
}

/** There is none of that name. */
export class NotFound extends Error {
  override readonly name = 'NotFound';

  /** @param what the command line has named */
  constructor(what: readonly string[]) {
    super(`Not found: ${what.join(' ')}`);
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (error instanceof SettingsRefused || error instanceof ProvisioningRefused) return WRONG_USAGE;
  if (error instanceof UnknownResource || error instanceof NotFound) return UNKNOWN;
  if (error instanceof ResourceConflict || error instanceof ChangedMeanwhile) return CONFLICT;
  return FAILED;
}

/**
 * What is said of it: a message, and each wrong value by its name; with `--json` a JSON object of the same.
 *
 * @returns nothing when the parser of the command line has said it
 */
export function describeFailure(error: unknown, json: boolean): string {
  if (error instanceof CommanderError) return '';
  const problems = error instanceof SettingsRefused ? error.problems : [];
  const message = problems.length > 0 ? 'Invalid values' : messageFor(error);
  if (json) {
    const errors = problems.map(({ property, message: detail }) => ({ path: property, detail }));
    return `${JSON.stringify({ error: message, ...(errors.length > 0 ? { errors } : {}) })}\n`;
  }
  const lines = problems.map((problem) => `\n  ${problem.property}: ${problem.message}`).join('');
  // It may quote what a file or the command line had.
  return `${message}${lines && `:${lines}`}\n`.replaceAll(OBEYED, (text) =>
    text === '\n' ? text : escaped(text),
  );
}
