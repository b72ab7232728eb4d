import { CommanderError } from 'commander';
import { messageFor } from '../logging/described-error.js';
import { program } from './program.js';

const FAILED = 1;
const WRONG_USAGE = 2;

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Commander has printed its own message, and the help that was asked for is no failure. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  process.stderr.write(`${messageFor(error)}\n`);
  return FAILED;
}
