import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * Runs an example in TypeScript as a file of another program, which has our packages installed but none of our code.
 *
 * @returns what it exports
 */
export async function importExample(code: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
  try {
    await symlink(packages, join(folder, 'node_modules'));
    const file = join(folder, 'example.ts');
    await writeFile(file, code);
    return await import(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
