import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { init } from 'license-checker-rseidelsohn';
import { auditVerdict, bomProblems, licenceProblems, nameOf, shippedOf } from './supply-chain-rules.js';

/**
 * What is shipped besides our own code: may it be, what is it, and is anything known against it.
 *
 *   node .ci/supply-chain.js [--sbom FILE] [--require-audit]
 *
 * Where no registry answers `npm audit`, that is said aloud and is no failure, unless `--require-audit` is given.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const options = process.argv.slice(2);
const sbomFile = resolve(
  root,
  options.includes('--sbom') ? options[options.indexOf('--sbom') + 1] : 'sbom.cdx.json',
);
const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const lock = read('package-lock.json');

let failed = false;

function report(name, problems, success) {
  failed ||= problems.length > 0;
  const text = problems.length > 0 ? problems.map((line) => `\n  ${line}`).join('') : ` ${success}`;
  process.stdout.write(`${problems.length > 0 ? 'FAILED' : 'ok    '}  ${name}:${text}\n`);
}

/** @returns what a command prints, however it ends */
function outputOf(command, args, cwd = root) {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    if (typeof error.stdout !== 'string') throw error;
    return error.stdout;
  }
}

/** Of packages for other platforms, which are not installed here, the lock file says it. */
async function licences() {
  const installed = await promisify(init)({ start: root, production: true });
  const locked = shippedOf(lock.packages).map((shipped) => [
    nameOf(shipped),
    { licenses: shipped[1].license },
  ]);
  const packages = { ...Object.fromEntries(locked), ...installed };
  report('licences', licenceProblems(packages), `${Object.keys(packages).length - 1} packages`);
}

/**
 * `npm sbom --omit dev` leaves out whatever a development package needs, too, Express among it: so it is asked about a
 * lock file without any.
 */
function billOfMaterials() {
  const folder = mkdtempSync(join(tmpdir(), 'nest-ciam-sbom-'));
  try {
    const { devDependencies, ...manifest } = read('package.json');
    const { devDependencies: lockedToo, ...self } = lock.packages[''];
    const packages = Object.fromEntries([['', self], ...shippedOf(lock.packages)]);
    if (!devDependencies || !lockedToo) throw new Error('There are no devDependencies to leave out');
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    const bom = JSON.parse(outputOf('npm', args, folder));
    // npm takes the name of the folder.
    bom.metadata.component.name = manifest.name;
    const problems = bomProblems(bom, lock.packages);
    writeFileSync(sbomFile, `${JSON.stringify(bom, null, 2)}\n`);
    report('bill of materials', problems, `${bom.components.length} components in ${sbomFile}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function audit() {
  const { state, lines } = auditVerdict(outputOf('npm', ['audit', '--omit=dev', '--json']));
  if (state !== 'unavailable') {
    report('npm audit', state === 'vulnerable' ? lines : [], 'nothing high or critical');
  } else if (options.includes('--require-audit')) {
    report('npm audit', lines, '');
  } else {
    process.stdout.write(`\n!!! NOT AUDITED: the registry does not answer npm audit (${lines[0]}).\n`);
    process.stdout.write(
      '!!! Nobody has looked for known vulnerabilities; run npm run supply-chain elsewhere.\n\n',
    );
  }
}

await licences();
billOfMaterials();
audit();
process.exitCode = failed ? 1 : 0;
