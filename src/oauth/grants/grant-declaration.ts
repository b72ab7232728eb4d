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

/** The module that brings the declared grant. */
export function grantModule(declared: GrantDeclaration): Type | DynamicModule {
  if (!isStrategy(declared)) return declared;
  class GrantModule {}
  return { module: GrantModule, providers: [declared] };
}

export function isGrantDeclaration(value: unknown): value is GrantDeclaration {
  if (isDynamicModule(value)) return true;
  return isStrategy(value) || (isClass(value) && MODULE_KEYS.some((key) => Reflect.hasMetadata(key, value)));
}

/** Whether it is a strategy, or a module that provides one, itself or by a module that it imports. */
export function bringsGrant(declared: unknown): boolean {
  if (isStrategy(declared)) return true;
  const module = isDynamicModule(declared) ? declared.module : declared;
  if (!isClass(module)) return false;
  const { providers = [], imports = [] } = isDynamicModule(declared) ? declared : {};
  const all = <Item>(key: string, added: Item[]): Item[] => [
    ...((Reflect.getMetadata(key, module) as Item[] | undefined) ?? []),
    ...added,
  ];
  return (
    all<Provider>(MODULE_METADATA.PROVIDERS, providers).some(providesStrategy) ||
    all<unknown>(MODULE_METADATA.IMPORTS, imports).some(bringsGrant)
  );
}

function providesStrategy(provider: Provider): boolean {
  return isStrategy('useClass' in provider ? provider.useClass : provider);
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
