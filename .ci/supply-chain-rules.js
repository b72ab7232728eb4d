/** Licences that a production dependency may have: none asks anything of whoever runs the service. */
export const ALLOWED_LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
];

/**
 * Packages whose licence is decided by hand, by name and version, with the reason. None at present.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const DECIDED = {};

/**
 * What is wrong with the licences of the production dependencies.
 *
 * @param {Record<string, { licenses?: string | string[], private?: boolean }>} packages by `name@version`, as
 * license-checker reports them
 * @param {Readonly<Record<string, string>>} decided
 * @returns {string[]} a line for each package that may not be shipped
 */
export function licenceProblems(packages, decided = DECIDED) {
  const names = Object.keys(packages);
  if (names.length < 2) return ['No dependency was looked at'];
  const problems = names
    .filter((name) => !packages[name].private && !(name in decided))
    .filter((name) => ![packages[name].licenses ?? 'UNKNOWN'].flat().every(isAllowed))
    .map((name) => `${name}: ${[packages[name].licenses ?? 'UNKNOWN'].flat().join(', ')}`);
  const needless = Object.keys(decided).filter((name) => !(name in packages));
  return [...problems, ...needless.map((name) => `${name}: decided by hand, and not installed`)];
}

/** An SPDX expression of OR leaves the choice, one of AND does not; a licence that was guessed (`MIT*`) is unknown. */
function isAllowed(expression) {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (bare.includes('(')) return false;
  return bare
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((id) => ALLOWED_LICENCES.includes(id)));
}

/**
 * What `npm ci --omit=dev` installs, on whatever platform.
 *
 * @template {{ dev?: boolean }} Package
 * @param {Record<string, Package>} locked packages of a lock file, by path
 * @returns {[path: string, locked: Package][]}
 */
export function shippedOf(locked) {
  return Object.entries(locked).filter(([path, { dev }]) => path !== '' && !dev);
}

/**
 * @param {[path: string, locked: { version?: string }]} shipped
 * @returns {string} `name@version`
 */
export function nameOf([path, { version }]) {
  return `${path.replace(/^.*node_modules\//, '')}@${version}`;
}

/**
 * What is wrong with a bill of materials.
 *
 * @param {any} bom CycloneDX as JSON
 * @param {Record<string, { version?: string, dev?: boolean }>} locked packages of the lock file, by path
 * @returns {string[]}
 */
export function bomProblems(bom, locked) {
  if (bom?.bomFormat !== 'CycloneDX' || !/^1\.[5-9]$/.test(bom.specVersion))
    return ['It is not CycloneDX 1.5 or later'];
  const problems = [];
  if (!/^urn:uuid:[0-9a-f-]{36}$/.test(bom.serialNumber)) problems.push('It has no serial number');
  if (!bom.metadata?.component?.version) problems.push('It does not say of what it is');
  const components = Array.isArray(bom.components) ? bom.components : [];
  for (const component of components) {
    const { name, version, purl, hashes } = component;
    if (purl !== `pkg:npm/${name?.replace('@', '%40')}@${version}`)
      problems.push(`${name}@${version}: no package URL`);
    if (!hashes?.some(({ alg }) => alg === 'SHA-512')) problems.push(`${name}@${version}: no hash`);
  }
  const references = new Set(components.map((component) => component['bom-ref']));
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const expected = new Set(shippedOf(locked).map(nameOf));
  problems.push(...[...expected].filter((name) => !listed.has(name)).map((name) => `${name} is missing`));
  problems.push(...[...listed].filter((name) => !expected.has(name)).map((name) => `${name} is not shipped`));
  const edges = Array.isArray(bom.dependencies) ? bom.dependencies : [];
  const dangling = edges.flatMap(({ dependsOn = [] }) => dependsOn).filter((ref) => !references.has(ref));
  return [...problems, ...dangling.map((ref) => `${ref} is depended on and not listed`)];
}

/**
 * What `npm audit --json` has found.
 *
 * @param {string} output
 * @returns {{ state: 'clean' | 'vulnerable' | 'unavailable', lines: string[] }} `unavailable` when nobody was asked, or
 * nobody answered: that says nothing about the packages
 */
export function auditVerdict(output) {
  const report = parsed(output);
  const counts = report?.metadata?.vulnerabilities;
  if (
    report?.auditReportVersion !== 2 ||
    typeof counts?.high !== 'number' ||
    typeof counts.critical !== 'number'
  ) {
    return { state: 'unavailable', lines: [String(report?.message ?? 'npm audit gave no report')] };
  }
  const grave = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) =>
    /^(high|critical)$/.test(severity),
  );
  const lines = grave.map(({ name, severity, range }) => `${severity}: ${name} ${range}`);
  return { state: counts.high + counts.critical > 0 ? 'vulnerable' : 'clean', lines };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
