#!/usr/bin/env node
import { messageFor } from '../logging/described-error.js';
import { checkConformance } from './conformance.js';
import { loadGrantUnderTest } from './load-grant-under-test.js';

const USAGE = `Usage: nest-ciam-conformance <file> [--json]

Tries on a grant what every grant must do. The file is a compiled one, and exports the strategy or its module; it, or
the file NAME.conformance.js beside it, exports \`conformance\`, which says how to get a credential (GrantUnderTest).

Exit codes: 0 it conforms, 1 it does not, 2 it could not be tried.
`;

const NOT_CONFORMING = 1;
const NOT_TRIED = 2;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageFor(error)}\n`);
  process.exitCode = NOT_TRIED;
}

async function run(args: readonly string[]): Promise<number> {
  const [file, ...more] = args.filter((argument) => argument !== '--json');
  if (file === undefined || more.length > 0 || file.startsWith('-')) {
    process.stderr.write(USAGE);
    return NOT_TRIED;
  }
  const isJson = args.includes('--json');
  const results = [];
  for await (const result of checkConformance(await loadGrantUnderTest(file))) {
    results.push(result);
    if (isJson) continue;
    const sign = { passed: '✓', failed: '✗', 'left out': '-' }[result.outcome];
    process.stdout.write(`${sign} ${result.check}${result.reason ? `: ${result.reason}` : ''}\n`);
  }
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  process.stdout.write(
    isJson
      ? `${JSON.stringify(results)}\n`
      : `\n${failed === 0 ? 'It conforms.' : `It does not conform: ${failed} of ${results.length} checks failed.`}\n`,
  );
  return failed === 0 ? 0 : NOT_CONFORMING;
}
