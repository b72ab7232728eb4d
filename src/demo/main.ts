import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Demo } from './demo.js';
import { DemoFailed } from './demo-failed.js';
import { Page } from './page.js';
import { Processes } from './processes.js';

const USAGE = `Usage: npm run demo [-- --once]

Starts the WeChat simulator and the service and performs one login.
  --once   stop after the login: exit code 0 only if every step was right
  --watch  no login; the service starts anew whenever a source file changes (npm run dev)
`;

/** What a shell says of a command that Ctrl-C has ended. */
const INTERRUPTED = 130;

// A reader that has seen enough, such as `head`, ends the demo.
process.stdout.once('error', () => process.exit(0));

process.exit(await main());

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  const processes = new Processes((line) => process.stderr.write(`${line}\n`));
  const page = new Page(process.stdout, process.stdout.isTTY && process.stdout.hasColors());
  const demo = new Demo(page, processes, fileURLToPath(new URL('../../../', import.meta.url)), process.env);
  const end = Promise.race([processes.death, signal()]);
  try {
    const steps = await Promise.race([options.watch ? demo.watch() : demo.play(), end]);
    if (typeof steps === 'string') return INTERRUPTED;
    if (options.once) return 0;
    if (steps) demo.invite(steps);
    await end;
    return 0;
  } catch (error) {
    process.stderr.write(`\nThe demo has failed: ${messageOf(error)}\n`);
    return 1;
  } finally {
    await processes.stop();
  }
}

function readOptions() {
  try {
    return parseArgs({ options: { once: { type: 'boolean' }, watch: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return undefined;
  }
}

/** Resolves when the demo is told to end; told again, it is ending already. */
function signal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, resolve);
  });
}

/** A failure of the demo is one of what it shows; anything else is a fault of its own, with a stack. */
function messageOf(error: unknown): string {
  return error instanceof DemoFailed ? error.message : String((error as Error).stack);
}
