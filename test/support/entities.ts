import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getMetadataArgsStorage } from 'typeorm';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** The files that hold an entity, relative to `src/`. */
export const entityFiles = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.entity.ts'))
  .sort();

/** Every entity of the service, found by the name of its file. */
export async function loadEntities(): Promise<(new () => object)[]> {
  const modules = await Promise.all(
    entityFiles.map((file) => import(`${source}${file}`) as Promise<Record<string, unknown>>),
  );
  const tables = new Set(getMetadataArgsStorage().tables.map(({ target }) => target));
  const isEntity = (value: unknown): value is new () => object => tables.has(value as () => void);
  return modules.flatMap((module) => Object.values(module).filter(isEntity));
}
