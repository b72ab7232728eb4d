import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';

/** A file of this repository. @param path from its top */
export function readText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
}

/** Every variable that the service reads with its default, or `''` where it has none. */
export function documentedVariables(): Readonly<Record<string, string>> {
  const example = readText('.env.example');
  const names = Object.keys(parseEnv(example.replace(/^# (?=[A-Z_]+=)/gm, '')));
  const defaults = parseEnv(example);
  return Object.fromEntries(names.map((name) => [name, defaults[name] ?? '']));
}

/** Variables that the sample provisioning file names: secrets that the service reads because the file says so. */
function provisionedVariables(): readonly string[] {
  const file = parse(readText('provision.example.yaml')) as Record<string, Record<string, unknown>[]>;
  const fields = Object.values(file).flat().flatMap(Object.entries) as [string, unknown][];
  return fields.filter(([field]) => field.endsWith('_env')).map(([, name]) => String(name));
}

/** Which of the names are no variables of the service. */
export function unknownVariables(names: readonly string[]): string[] {
  const known = [...Object.keys(documentedVariables()), ...provisionedVariables()];
  return names.filter((name) => !known.includes(name)).map((name) => `${name} is no variable of the service`);
}
