import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './support/spawned-command.js';
import { isMysql } from './support/test-database.js';

const CLI = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

// It asks no database.
(isMysql ? describe.skip : describe)('npm run cli -- generate grant', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-generate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const generate = (...args: string[]) =>
    runCommand(process.execPath, [CLI, 'generate', 'grant', ...args], folder);
  const FILES = [
    'loyalty-card-grant.spec.ts',
    'loyalty-card-grant.strategy.ts',
    'loyalty-card.parameters.ts',
  ];

  it('writes three files, in the words of its name, and nothing else', async () => {
    const { code, stdout, stderr } = await generate('loyalty-card', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { files } = JSON.parse(stdout) as { files: string[] };
    expect(files.sort()).toEqual(FILES.map((name) => `src/loyalty-card/${name}`));
    expect(await readdir(folder, { recursive: true })).toHaveLength(FILES.length + 2);
    const strategy = await readFile(join(folder, 'src/loyalty-card/loyalty-card-grant.strategy.ts'), 'utf8');
    expect(strategy).toContain(`'https://example.com/oauth2/grant-type/loyalty-card'`);
    expect(strategy).toContain(`authSourceTypes: ['loyalty_card']`);
    expect(strategy).toContain('export class LoyaltyCardGrantStrategy implements');
  });

  it('overwrites nothing, and then writes nothing', async () => {
    await mkdir(join(folder, 'grants'));
    await writeFile(join(folder, 'grants/loyalty-card-grant.spec.ts'), 'mine');
    const { code, stdout, stderr } = await generate('loyalty-card', '--folder', 'grants');
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'grants/loyalty-card-grant.spec.ts is there already\n',
    });
    expect(await readdir(join(folder, 'grants'))).toEqual(['loyalty-card-grant.spec.ts']);
  });

  it('writes where grants live, in nest-ciam itself', async () => {
    await writeFile(join(folder, 'package.json'), '{"name":"nest-ciam"}');
    expect(await generate('loyalty-card', '--grant-type', 'urn:example:loyalty')).toMatchObject({ code: 0 });
    expect((await readdir(join(folder, 'src/oauth/grants/loyalty-card'))).sort()).toEqual(FILES);
  });

  it.each(['Loyalty', 'loyalty_card', '../loyalty', '-card', 'a-type-that-is-longer-than-the-32-that-fit'])(
    'refuses %s',
    async (name) => {
      const { code, stderr } = await generate('--', name);
      expect([code, await readdir(folder)]).toEqual([2, []]);
      expect(stderr).toContain('at most 32 characters');
    },
  );
});
