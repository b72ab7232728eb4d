import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bringsGrant, grantsExportedBy } from '../oauth/grants/grant-declaration.js';
import { type GrantUnderTest } from './grant-under-test.js';

type Exports = Readonly<Record<string, unknown>>;

/**
 * Loads what is to be tried: `conformance` of the file, or of `NAME.conformance.js` beside it. Its `grants` are what
 * the file exports, unless it says otherwise.
 *
 * @throws Error when there is none
 */
export async function loadGrantUnderTest(file: string): Promise<GrantUnderTest> {
  const path = resolve(file);
  const exported = await importFile(path);
  const beside = path.replace(/(\.[cm]?js)$/, '.conformance$1');
  const described =
    exported.conformance ?? (existsSync(beside) ? (await importFile(beside)).conformance : undefined);
  if (!isGrantUnderTest(described)) {
    throw new Error(
      `Neither ${file} nor a file beside it, NAME.conformance.js, exports conformance, with grantType, authSource and credential()`,
    );
  }
  return { ...described, grants: described.grants ?? grantsExportedBy(exported).filter(bringsGrant) };
}

async function importFile(path: string): Promise<Exports> {
  return (await import(pathToFileURL(path).href)) as Exports;
}

function isGrantUnderTest(value: unknown): value is GrantUnderTest {
  const { grantType, authSource, credential } = (value ?? {}) as Partial<GrantUnderTest>;
  return typeof grantType === 'string' && typeof authSource === 'object' && typeof credential === 'function';
}
