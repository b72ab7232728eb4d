import { readText } from './support/shipping/repository.js';

interface Rules {
  licenceProblems(packages: object, decided?: Record<string, string>): string[];
  bomProblems(bom: unknown, locked: object): string[];
  auditVerdict(output: string): { state: string; lines: string[] };
}

// Through a variable: the scripts of .ci are JavaScript without types.
const path = '../.ci/supply-chain-rules.js';
const rules = (await import(path)) as Rules;

describe('licences of production dependencies', () => {
  const ours = { 'nest-ciam@0.1.0': { licenses: 'UNLICENSED', private: true } };
  const judged = (licenses: string | string[] | undefined, decided = {}) =>
    rules.licenceProblems({ ...ours, 'a@1.0.0': { licenses } }, decided);

  it.each(['MIT', '(MIT OR GPL-3.0)', 'Apache-2.0 AND MIT', 'BSD-2-Clause OR WTFPL'])(
    'may be %s',
    (licence) => {
      expect(judged(licence)).toEqual([]);
    },
  );

  it.each(['GPL-3.0', 'MIT*', 'UNKNOWN', 'MIT AND GPL-3.0', 'UNLICENSED', '(MIT AND (GPL-3.0 OR MIT))'])(
    'may not be %s',
    (licence) => {
      expect(judged(licence)).toEqual([`a@1.0.0: ${licence}`]);
    },
  );

  it('have to be there, each of several, and to be looked at', () => {
    expect(judged(undefined)).toEqual(['a@1.0.0: UNKNOWN']);
    expect(judged(['MIT', 'GPL-3.0'])).toEqual(['a@1.0.0: MIT, GPL-3.0']);
    expect(rules.licenceProblems(ours)).toEqual(['No dependency was looked at']);
  });

  it('may be decided by hand, as long as the package is there', () => {
    expect(judged('MIT*', { 'a@1.0.0': 'its LICENSE is the MIT licence' })).toEqual([]);
    expect(judged('MIT', { 'b@1.0.0': 'gone' })).toEqual(['b@1.0.0: decided by hand, and not installed']);
  });
});

describe('the bill of materials', () => {
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/@scope/a': { version: '1.0.0' },
    'node_modules/@scope/a/node_modules/b': { version: '2.0.0' },
    'node_modules/tool': { version: '3.0.0', dev: true },
  };
  const component = (name: string, version: string) => ({
    'bom-ref': `${name}@${version}`,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    hashes: [{ alg: 'SHA-512', content: '00' }],
  });
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: 'urn:uuid:4c1f19aa-37cb-48cd-b2b4-297672f9fe34',
    metadata: { component: { name: 'nest-ciam', version: '0.1.0' } },
    components: [component('@scope/a', '1.0.0'), component('b', '2.0.0')],
    dependencies: [{ ref: '@scope/a@1.0.0', dependsOn: ['b@2.0.0'] }],
  };

  it('has what is shipped, and nothing else', () => {
    expect(rules.bomProblems(bom, locked)).toEqual([]);
    expect(rules.bomProblems({ ...bom, components: bom.components.slice(0, 1) }, locked)).toEqual([
      'b@2.0.0 is missing',
      'b@2.0.0 is depended on and not listed',
    ]);
    const more = [...bom.components, component('tool', '3.0.0')];
    expect(rules.bomProblems({ ...bom, components: more }, locked)).toEqual(['tool@3.0.0 is not shipped']);
  });

  it('has the shape of one', () => {
    const [a, b] = bom.components;
    expect(rules.bomProblems({}, locked)).toEqual(['It is not CycloneDX 1.5 or later']);
    expect(rules.bomProblems({ ...bom, specVersion: '1.4' }, locked)).toHaveLength(1);
    const bare = {
      ...bom,
      serialNumber: '1',
      metadata: {},
      components: [a, { ...b, purl: 'b', hashes: [] }],
    };
    expect(rules.bomProblems(bare, locked)).toEqual([
      'It has no serial number',
      'It does not say of what it is',
      'b@2.0.0: no package URL',
      'b@2.0.0: no hash',
    ]);
  });

  it('would not be complete as npm makes it by itself: that is why it is made of another lock file', () => {
    const { packages } = JSON.parse(readText('package-lock.json')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    expect(packages['node_modules/express']?.dev).toBeUndefined();
    expect(rules.bomProblems(bom, packages)).toContainEqual(expect.stringMatching(/^express@.* is missing$/));
  });
});

describe('npm audit', () => {
  const report = (high: number, critical: number, vulnerabilities: object) =>
    JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities,
      metadata: { vulnerabilities: { moderate: 7, high, critical } },
    });
  const found = (name: string, severity: string) => ({ [name]: { name, severity, range: '<2.0.0' } });

  it('passes what is neither high nor critical', () => {
    expect(rules.auditVerdict(report(0, 0, found('a', 'moderate')))).toEqual({ state: 'clean', lines: [] });
  });

  it('fails what is, by name', () => {
    const grave = { ...found('a', 'moderate'), ...found('b', 'high'), ...found('c', 'critical') };
    expect(rules.auditVerdict(report(1, 1, grave))).toEqual({
      state: 'vulnerable',
      lines: ['high: b <2.0.0', 'critical: c <2.0.0'],
    });
  });

  it.each([
    [
      '{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":""}}',
      '405 Method Not Allowed',
    ],
    ['{"auditReportVersion":2,"metadata":{}}', 'npm audit gave no report'],
    ['npm error network', 'npm audit gave no report'],
    ['', 'npm audit gave no report'],
  ])('does not pass for done when it answers %j', (output, line) => {
    expect(rules.auditVerdict(output)).toEqual({ state: 'unavailable', lines: [line] });
  });
});
