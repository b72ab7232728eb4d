import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DynamicModule, type Type } from '@nestjs/common';
import { resolve as resolvePackage } from 'import-meta-resolve';
import { messageFor } from './logging/described-error.js';
import {
  bringsGrant,
  grantModule,
  grantsExportedBy,
  type GrantDeclaration,
} from './oauth/grants/grant-declaration.js';

/** What `GRANT_MODULES` names cannot be used. */
class GrantModuleRefused extends Error {
  override readonly name = 'GrantModuleRefused';

  constructor(name: string, why: string, cause?: unknown) {
    super(`GRANT_MODULES: ${name} ${why}`, { cause });
  }
}

/**
 * Loads what `GRANT_MODULES` names: the default export, or else every exported module and strategy.
 *
 * @param names paths relative to the working directory, and packages that are installed there
 * @throws GrantModuleRefused when one cannot be loaded or brings no grant
 */
export async function loadGrantModules(names: readonly string[]): Promise<(Type | DynamicModule)[]> {
  const modules: (Type | DynamicModule)[] = [];
  // One after the other: the first that is wrong is told, always the same one.
  for (const name of names) modules.push(...(await loadGrantModule(name)).map(grantModule));
  return modules;
}

/** @throws GrantModuleRefused */
async function loadGrantModule(name: string): Promise<GrantDeclaration[]> {
  const declared = grantsExportedBy(await importNamed(name));
  if (declared.length === 0)
    throw new GrantModuleRefused(name, 'exports neither a module nor a grant strategy');
  // A module that brings none is there for those that do, which import it.
  const grants = declared.filter(bringsGrant);
  if (grants.length === 0) {
    throw new GrantModuleRefused(
      name,
      'brings no grant; has it imported another copy of nest-ciam than this one?',
    );
  }
  return grants;
}

async function importNamed(name: string): Promise<Record<string, unknown>> {
  try {
    return (await import(urlOf(name))) as Record<string, unknown>;
  } catch (error) {
    throw new GrantModuleRefused(name, `cannot be loaded: ${messageFor(error)}`, error);
  }
}

function urlOf(name: string): string {
  const isPath = /^(\.{0,2}\/)/.test(name);
  const here = pathToFileURL(`${process.cwd()}/`);
  return isPath ? pathToFileURL(resolve(name)).href : resolvePackage(name, here.href);
}
