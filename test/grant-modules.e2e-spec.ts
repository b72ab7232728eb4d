import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PackageFolder } from './support/package-folder.js';
import { ServiceProcess } from './support/service-process.js';
import { isMysql } from './support/test-database.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A strategy in JavaScript, as a compiler would leave it. */
const strategy = (grantType: string, name = 'BadgeGrantStrategy') => `
import { Injectable } from '@nestjs/common';
import { IsString } from 'class-validator';
import { GrantType, InvalidGrant } from 'nest-ciam';

class BadgeParameters {}
IsString()(BadgeParameters.prototype, 'auth_source_id');
IsString()(BadgeParameters.prototype, 'badge');

export class ${name} {
  async handle({ badge }, { authSource }) {
    if (!badge.startsWith('badge-')) throw new InvalidGrant('Unknown badge');
    const identities = [{ type: 'badge', issuer: authSource.appId, subject: badge }];
    return { kind: 'external', identities, profile: async () => ({}) };
  }
}
Injectable()(${name});
GrantType({
  grantType: '${grantType}',
  parameters: BadgeParameters,
  applicationTypes: ['mobile'],
  authSourceTypes: ['badge_reader'],
})(${name});
`;

const PROVISION = `
applications:
  - client_id: app
    type: mobile
    grant_types: [urn:example:badge, urn:example:pass]
auth_sources:
  - id: reader
    type: badge_reader
    applications: [app]
`;

/** Another copy of the package, as `npm install` in the wrong place makes it. */
const OTHER_COPY = `
import { DiscoveryService } from '@nestjs/core';
export const GrantType = DiscoveryService.createDecorator();
export class InvalidGrant extends Error {}
`;

// Whatever the database is.
(isMysql ? describe.skip : describe)('GRANT_MODULES', () => {
  let folder: PackageFolder;
  const processes: ServiceProcess[] = [];

  beforeAll(async () => {
    folder = await PackageFolder.create('@nestjs', 'class-validator');
    await write('provision.yaml', PROVISION);
  });

  afterAll(async () => {
    processes.forEach((service) => service.signal('SIGKILL'));
    await Promise.all(processes.map(({ end }) => end));
    await folder.remove();
  });

  const write = (path: string, text: string) => folder.write(path, text);

  function start(GRANT_MODULES: string, environment: Record<string, string> = {}): ServiceProcess {
    const service = new ServiceProcess(folder.path, {
      PORT: '0',
      ISSUER: 'https://id.test',
      DATABASE_URL: 'sqlite::memory:',
      GRANT_MODULES,
      ...environment,
    });
    processes.push(service);
    return service;
  }

  it('are loaded, a file and a package: a strategy, and a module of them', async () => {
    await write('badge-grant.js', strategy('urn:example:badge'));
    await write('node_modules/@acme/pass/package.json', '{"type":"module","exports":{"import":"./pass.js"}}');
    await write(
      'node_modules/@acme/pass/pass.js',
      `${strategy('urn:example:pass').replace('export class', 'class')}
import { Module } from '@nestjs/common';
export default class PassModule {}
Module({ providers: [BadgeGrantStrategy] })(PassModule);`,
    );
    const service = start('./badge-grant.js, @acme/pass', { PROVISION_FILE: 'provision.yaml' });
    const url = await service.url();
    const ask = async (grant_type: string, badge: string) => {
      const response = await fetch(new URL('/oauth2/token', url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ grant_type, client_id: 'app', auth_source_id: 'reader', badge }),
      });
      return { status: response.status, body: await response.json() };
    };
    for (const grantType of ['urn:example:badge', 'urn:example:pass']) {
      expect(await ask(grantType, 'badge-7')).toMatchObject({ status: 200, body: { scope: 'openid' } });
      expect(await ask(grantType, 'nothing')).toEqual({
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Unknown badge' },
      });
    }
  });

  it('may be CommonJS, and export a strategy beside the module that provides it', async () => {
    const commonJs = strategy('urn:example:badge')
      .replace(/import \{ (.*?) \} from '(.*?)';/g, "const { $1 } = require('$2');")
      .replace('export class', 'class');
    await write(
      'badge-grant.cjs',
      `${commonJs}
const { Module } = require('@nestjs/common');
class BadgeModule {}
Module({ providers: [BadgeGrantStrategy] })(BadgeModule);
module.exports = { BadgeModule, BadgeGrantStrategy };`,
    );
    const service = start('./badge-grant.cjs');
    const discovery = await fetch(new URL('/.well-known/openid-configuration', await service.url()));
    expect(await discovery.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining(['urn:example:badge']),
    });
  });

  it('may export a module beside it that brings none', async () => {
    await write(
      'with-helper.js',
      `${strategy('urn:example:badge')}
import { Module } from '@nestjs/common';
export class HelperModule {}
Module({ providers: [] })(HelperModule);`,
    );
    const discovery = await fetch(
      new URL('/.well-known/openid-configuration', await start('./with-helper.js').url()),
    );
    expect(await discovery.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining(['urn:example:badge']),
    });
  });

  it('are found by a file below the service, as in its image: nest-ciam is the one that runs', async () => {
    const below = await mkdtemp(join(ROOT, 'generated-'));
    try {
      await writeFile(join(below, 'badge-grant.js'), strategy('urn:example:badge'));
      const service = start(join(below, 'badge-grant.js'));
      const discovery = await fetch(new URL('/.well-known/openid-configuration', await service.url()));
      expect(await discovery.json()).toMatchObject({
        grant_types_supported: expect.arrayContaining(['urn:example:badge']),
      });
    } finally {
      await rm(below, { recursive: true });
    }
  });

  it.each([
    [
      'a file that is not there',
      './missing.js',
      undefined,
      /^GRANT_MODULES: \.\/missing\.js cannot be loaded: Cannot find module /,
    ],
    [
      'a package that is not there',
      '@acme/missing',
      undefined,
      /^GRANT_MODULES: @acme\/missing cannot be loaded: Cannot find package '@acme\/missing'/,
    ],
    [
      'a file that is wrong',
      './throws.js',
      `throw new Error('no licence');`,
      /^GRANT_MODULES: \.\/throws\.js cannot be loaded: no licence$/,
    ],
    [
      'a file that is no JavaScript',
      './broken.js',
      'export class {',
      /^GRANT_MODULES: \.\/broken\.js cannot be loaded: Unexpected/,
    ],
    [
      'a file that exports nothing of the kind',
      './other.js',
      'export const answer = 42; export class Plain {}',
      /^GRANT_MODULES: \.\/other\.js exports neither a module nor a grant strategy$/,
    ],
    [
      'a module without a grant',
      './empty.js',
      `import { Module } from '@nestjs/common'; export class Empty {} Module({ providers: [] })(Empty);`,
      /^GRANT_MODULES: \.\/empty\.js brings no grant/,
    ],
    [
      'a grant that is there already',
      './again.js',
      strategy('refresh_token'),
      /^Two strategies claim the grant type refresh_token: /,
    ],
    [
      'one thing twice',
      './a.js,./a.js',
      undefined,
      /^Wrong configuration:\n {2}GRANT_MODULES: must not name one twice$/,
    ],
    [
      'nothing between commas',
      './a.js,,./b.js',
      undefined,
      /^Wrong configuration:\n {2}GRANT_MODULES: must be paths of files/,
    ],
  ])('that name %s stop the boot and say why', async (_, name, text, complaint) => {
    if (text !== undefined) await write(name, text);
    const service = start(name);
    expect(await service.end).toEqual({ code: 1, signal: null });
    expect(service.stderr).toMatch(/^nest-ciam cannot start: /);
    expect(service.stderr.replace('nest-ciam cannot start: ', '').trimEnd()).toMatch(complaint);
    expect(service.stderr).not.toMatch(/^\s+at /m);
  });

  it('of another copy of nest-ciam stop the boot and say why', async () => {
    await write('node_modules/copy/package.json', '{"type":"module","exports":"./copy.js"}');
    await write('node_modules/copy/copy.js', OTHER_COPY);
    const text = `${strategy('urn:example:badge').replace("'nest-ciam'", "'copy'")}
import { Module } from '@nestjs/common';
export class BadgeModule {}
Module({ providers: [BadgeGrantStrategy] })(BadgeModule);`;
    await write('copied.js', text);
    const service = start('./copied.js');
    expect(await service.end).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      'nest-ciam cannot start: GRANT_MODULES: ./copied.js brings no grant; ' +
        'has it imported another copy of nest-ciam than this one?\n',
    );
  });
});
