import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withAwaitPoints } from './await-points.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Programs of their own. */
const OTHERS = /^(cli|demo|simulator)\//;

/** A copy of the built service with a point before and after every `await`. */
export interface InstrumentedBuild {
  readonly main: string;
  remove(): Promise<void>;
}

/** Copies and instruments `dist/`; the copy must be run with `crash-points.js` preloaded. */
export async function instrumentBuild(): Promise<InstrumentedBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
  for (const name of ['dist', 'package.json'])
    await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const source = join(folder, 'dist/src');
  const files = await readdir(source, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.js') && !OTHERS.test(name))) {
    const path = join(source, file);
    await writeFile(path, withAwaitPoints(await readFile(path, 'utf8'), file));
  }
  return { main: join(source, 'main.js'), remove: () => rm(folder, { recursive: true }) };
}
