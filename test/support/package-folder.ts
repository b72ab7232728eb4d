import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of another package, which has this one installed, and some of the packages that are installed here. */
export class PackageFolder {
  private constructor(readonly path: string) {}

  /** @param packages what is installed beside nest-ciam: names in `node_modules` */
  static async create(...packages: string[]): Promise<PackageFolder> {
    const folder = new PackageFolder(await mkdtemp(join(tmpdir(), 'nest-ciam-package-')));
    const modules = join(folder.path, 'node_modules');
    await mkdir(modules);
    await symlink(ROOT, join(modules, 'nest-ciam'));
    for (const name of packages) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    await folder.write('package.json', '{"type":"module"}');
    return folder;
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}
