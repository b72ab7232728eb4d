import { readFileSync } from 'node:fs';
import { BaseResolver, Source, createConfig, lintDocument } from '@redocly/openapi-core';
import { openApiDocument } from '../src/openapi/openapi-document.js';

const document = openApiDocument('https://login.invalid');

/** Operations that leave the caller nothing to do wrong. */
const NOTHING_TO_DO_WRONG = [
  '/oauth2/jwks',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/openapi.json',
  '/docs',
];

describe('the OpenAPI document', () => {
  it('is faultless to the linter, and every example is what its schema says', async () => {
    const source = new Source('openapi.json', JSON.stringify(document));
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: { 'no-invalid-media-type-examples': 'error' },
    });
    const problems = await lintDocument({
      document: { source, parsed: structuredClone(document) },
      config,
      externalRefResolver: new BaseResolver(config.resolve),
    });
    const told = problems.map(({ ruleId, message, location }) => ({
      ruleId,
      message,
      pointer: location[0]?.pointer ?? '',
    }));
    // The rule wants an answer of the class 4XX everywhere.
    const harmless = NOTHING_TO_DO_WRONG.map((path) => `#/paths/${path.replaceAll('/', '~1')}/get/responses`);
    const isHarmless = ({ ruleId, pointer }: (typeof told)[number]) =>
      ruleId === 'operation-4xx-response' && harmless.includes(pointer);
    expect(told.filter((problem) => !isHarmless(problem))).toEqual([]);
    expect(told.filter(isHarmless)).toHaveLength(harmless.length);
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(document.info.version).toBe(version);
  });
});
