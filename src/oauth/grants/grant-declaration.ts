import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { GrantType } from './grant-strategy.js';

/**
 * A module that provides a strategy, or a strategy that needs no module of its own.
 *
 * @publicApi
 */
export type GrantDeclaration = Type | DynamicModule;

const MODULE_KEYS = Object.values(MODULE_METADATA);

/**
 * The module that brings the declared grant.
 *
 * @throws Error when there is none in it
 */
export function grantModule(declared: GrantDeclaration): Type | DynamicModule {
  if (!bringsGrant(declared)) {
    const { name } = isDynamicModule(declared) ? declared.module : declared;
    throw new Error(`${name} brings no grant; has it imported another copy of nest-ciam than this one?`);
  }
  if (!isStrategy(declared)) return declared;
  class GrantModule {}
  return { module: GrantModule, providers: [declared] };
}

/**
 * What a file or a package brings: its default export, or else every exported module and strategy; a strategy that one of
 * its modules provides counts as the module's.
 */
export function grantsExportedBy(exported: Readonly<Record<string, unknown>>): GrantDeclaration[] {
  const { default: main, ...others } = exported;
  if (isGrantDeclaration(main)) return [main];
  // What `import` makes of CommonJS: `module.exports` is the default.
  const all = [...Object.values(others), ...Object.values<unknown>(Object(main) as Record<string, unknown>)];
  const declared = [...new Set(all)].filter(isGrantDeclaration);
  const modules = declared.filter((each) => !isStrategy(each));
  return declared.filter(
    (each) => modules.includes(each) || !modules.some((module) => provides(module, each)),
  );
}

/** Whether it is a strategy, or a module that provides one, itself or by a module that it imports; as far as that can be told. */
export function bringsGrant(declared: unknown): boolean {
  return isStrategy(declared) || contents(declared).some(mayBeStrategy);
}

function isGrantDeclaration(value: unknown): value is GrantDeclaration {
  if (isDynamicModule(value)) return true;
  return isStrategy(value) || (isClass(value) && MODULE_KEYS.some((key) => Reflect.hasMetadata(key, value)));
}

function provides(module: GrantDeclaration, strategy: GrantDeclaration): boolean {
  return contents(module).some((each) => each === strategy);
}

/** The classes that a module provides; nothing in the place of one that only Nest finds out. */
function contents(declared: unknown, seen = new Set<unknown>()): (Type | undefined)[] {
  const module = isDynamicModule(declared) ? declared.module : declared;
  if (seen.has(declared)) return [];
  seen.add(declared);
  // A promise of a module, or a reference that is resolved later.
  if (!isClass(module)) return [undefined];
  const { providers = [], imports = [] } = isDynamicModule(declared) ? declared : {};
  const all = <Item>(key: string, added: Item[]): Item[] => [
    ...((Reflect.getMetadata(key, module) as Item[] | undefined) ?? []),
    ...added,
  ];
  return [
    ...all<Provider>(MODULE_METADATA.PROVIDERS, providers).map(classOf),
    ...all<unknown>(MODULE_METADATA.IMPORTS, imports).flatMap((each) => contents(each, seen)),
  ];
}

function classOf(provider: Provider): Type | undefined {
  if (isClass(provider)) return provider;
  if ('useClass' in provider) return provider.useClass;
  return 'useValue' in provider ? ((provider.useValue as object | null)?.constructor as Type) : undefined;
}

function mayBeStrategy(type: Type | undefined): boolean {
  return type === undefined || isStrategy(type);
}

function isStrategy(value: unknown): value is Type {
  return isClass(value) && Reflect.hasMetadata(GrantType.KEY, value);
}

function isDynamicModule(value: unknown): value is DynamicModule {
  return typeof value === 'object' && value !== null && isClass((value as Partial<DynamicModule>).module);
}

function isClass(value: unknown): value is Type {
  return typeof value === 'function';
}
