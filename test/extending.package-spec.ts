import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { filesAndCommands } from './support/followed-document.js';
import { runScript } from './support/spawned-command.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TIMEOUT_MS = 900_000;

describe('docs/extending.md', () => {
  let folder: string;
  let output: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nest-ciam-extending-'));
    await symlink(ROOT, join(folder, 'nest-ciam'));
    const script = filesAndCommands(await readFile(join(ROOT, 'docs/extending.md'), 'utf8'))
      // Installed it is already, and what is built is what is tested.
      .replace('npm ci && npm pack', 'npm pack --ignore-scripts --silent');
    output = await runScript(script, folder);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await rm(join(ROOT, 'nest-ciam-0.1.0.tgz'), { force: true });
    await rm(folder, { recursive: true });
  });

  it('leads to a grant that is tested, served and conforms', () => {
    expect(output).toContain('PASS dist/badge/badge-grant.spec.js');
    expect(output).toContain('PASS dist/shop.spec.js');
    expect(output).toMatch(/"refresh_token":"[\w-]{128}"/);
    expect(output).toContain('It conforms.');
    expect(output).toContain('✓ answers 503 with Retry-After when whoever it asks does not answer');
  });

  it(
    'has nothing in it that our linter would not let pass',
    async () => {
      const inside = await mkdtemp(join(ROOT, 'generated-'));
      try {
        for (const path of ['src', 'tsconfig.json']) {
          await cp(join(folder, 'badge-grant', path), join(inside, path), { recursive: true });
        }
        const results = await new ESLint({ cwd: ROOT }).lintFiles([
          `${inside}/src/badge/badge-grant.*.ts`,
          `${inside}/src/badge/badge.*.ts`,
        ]);
        expect(results.map(({ filePath }) => filePath)).toHaveLength(5);
        expect(results.flatMap(({ messages }) => messages)).toEqual([]);
      } finally {
        await rm(inside, { recursive: true });
      }
    },
    TIMEOUT_MS,
  );
});

describe('a grant that is generated in nest-ciam itself', () => {
  const grant = join(ROOT, 'src/oauth/grants/loyalty-card');
  afterEach(() => rm(grant, { recursive: true, force: true }));

  it(
    'compiles, passes the linter, the boundaries and its own test',
    async () => {
      const commands = [
        'npm run -s cli -- generate grant loyalty-card',
        'npx tsc --noEmit',
        'npx eslint --max-warnings 0 src/oauth/grants/loyalty-card',
        'npm run -s jest -- --selectProjects unit --testPathPatterns src/oauth/grants/loyalty-card test/architecture',
      ];
      expect(await runScript(commands.join('\n'), ROOT)).toContain(
        'PASS unit src/oauth/grants/loyalty-card/loyalty-card-grant.spec.ts',
      );
    },
    TIMEOUT_MS,
  );
});
