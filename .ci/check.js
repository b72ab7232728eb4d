import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** "May I push": every step is run, and each says how it went. The longest comes first. */
const steps = [
  ['lint', 'npm run -s lint'],
  ['types', 'npm run -s types'],
  [
    'image, Compose file, manifests and supply chain',
    'npm run -s jest -- --selectProjects unit --testPathPatterns test/dockerfile test/compose test/kubernetes test/supply-chain',
  ],
  [
    'boundaries and documentation',
    'npm run -s jest -- --selectProjects unit --testPathPatterns test/architecture test/documentation test/openapi',
  ],
  ['format', 'npx prettier --check .'],
  ['unused code', 'npx knip'],
  ['what the package exports', 'npm run -s api'],
];

const root = fileURLToPath(new URL('..', import.meta.url));
const failed = [];

function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes));
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function work(queue) {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const [name, command] = step;
    const start = Date.now();
    const { code, output } = await run(command);
    const seconds = `${((Date.now() - start) / 1000).toFixed(1)} s`;
    if (code === 0) {
      process.stdout.write(`ok      ${name} (${seconds})\n`);
    } else {
      failed.push(name);
      process.stdout.write(`FAILED  ${name} (${seconds}): ${command}\n${output.trimEnd()}\n\n`);
    }
  }
}

const queue = [...steps];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, () => work(queue)));
process.stdout.write(failed.length > 0 ? `\nNot yet: ${failed.join(', ')}\n` : '\nYou may push.\n');
process.exitCode = failed.length > 0 ? 1 : 0;
