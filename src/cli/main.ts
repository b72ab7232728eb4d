#!/usr/bin/env node
import { describeFailure, exitCodeOf } from './failure.js';
import { program } from './program.js';

// Whoever reads the result may have read enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program().parseAsync();
} catch (error) {
  // A service that could not start has left its connections open.
  const end = () => process.exit(exitCodeOf(error));
  process.stderr.write(describeFailure(error, process.argv.includes('--json')), end);
}
