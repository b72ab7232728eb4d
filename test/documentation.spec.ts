import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { variableNames } from '../src/config/configuration.js';
import { ProvisioningDocument } from '../src/provisioning/provisioning-document.js';
import { compileExamples } from './support/compiled-example.js';
import { Page, codeIn, readPages } from './support/markdown.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const exists = (path: string) => existsSync(posix.join(root, path));
const { scripts } = JSON.parse(readFileSync(posix.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const pages = readPages().filter(({ path }) => !path.startsWith('api/'));

/** npm's own commands, and those that are short for a script. */
const npmCommands = ['audit', 'ci', 'init', 'install', 'pack', 'pkg', 'run'];

/** Whose code is compiled and run elsewhere: word by word, and as a package of its own. */
const followed = /^(docs\/extending\.md|examples\/)/;

function unknownScripts(page: Page): string[] {
  const code = [...page.fences.map((fence) => fence.code), ...page.codeSpans].join('\n');
  const named = [...code.matchAll(/\bnpm (?:run )?(?:-s )?([a-z][\w:-]*)/g)].map(([, name]) => name!);
  return named.filter((name) => !(name in scripts) && !npmCommands.includes(name));
}

function brokenLinks(page: Page): string[] {
  return page.links.filter((link) => {
    if (/^(https?|mailto):/.test(link)) return false;
    const [path, anchor] = link.split('#') as [string, string | undefined];
    const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
    if (!exists(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !Page.read(target).anchors.includes(anchor);
  });
}

/** Whether the page itself says what is in the file, or has it generated. */
function isWritten(page: Page, path: string): boolean {
  return page.examples.has(path) || (page.path === 'docs/extending.md' && path.startsWith('src/badge/'));
}

/** Paths of this repository that the prose names, but for those that it says an example is to stand under. */
function missingPaths(page: Page): string[] {
  const paths = page.codeSpans.filter((code) => /^(src|test|bench|\.ci)\/[\w./-]*$/.test(code));
  const folder = page.path.startsWith('examples/') ? posix.dirname(page.path) : '';
  return paths.filter((path) => !exists(posix.join(folder, path)) && !isWritten(page, path));
}

function brokenJson(page: Page): string[] {
  return page.json.filter((code) => {
    try {
      JSON.parse(code);
      return false;
    } catch {
      return true;
    }
  });
}

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  // An example has its own.
  if (!page.path.startsWith('examples/')) {
    it('names scripts that exist', () => {
      expect(unknownScripts(page)).toEqual([]);
    });
  }

  it('links to pages and headings that exist', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('names files that exist', () => {
    expect(missingPaths(page)).toEqual([]);
  });

  it('has JSON that parses', () => {
    expect(brokenJson(page)).toEqual([]);
  });

  if (followed.test(page.path)) return;

  it('has provisioning examples that could be applied', () => {
    for (const code of page.code('yaml').filter((yaml) => /^(applications|auth_sources):/m.test(yaml))) {
      expect(() => new ProvisioningDocument(page.path, code).read()).not.toThrow();
    }
  });

  it('has TypeScript that compiles', () => {
    expect(compileExamples(page.examples)).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = () => Page.read('README.md');

  it('begins with the two commands', () => {
    const [first] = readme().fences;
    expect(first?.code).toMatch(/^npm ci && npm run demo\b[^\n]*\n(.*\n)*npm ci && npm test\b/);
  });

  const example = readFileSync(posix.join(root, '.env.example'), 'utf8');

  it('explains the variables that are read and no others, as .env.example does', () => {
    const names = readme()
      .table('variable')
      .flatMap(([cell]) => codeIn(cell!));
    expect(names.sort()).toEqual([...variableNames].sort());
    const uncommented = example.replace(/^# (?=[A-Z_]+=)/gm, '');
    expect(Object.keys(parseEnv(uncommented)).sort()).toEqual([...variableNames].sort());
  });

  it('names the defaults that .env.example has', () => {
    const rows = readme().table('variable');
    const defaults = rows.flatMap(([names, values]) => {
      const each = values!.replaceAll('`', '').split(', ');
      return codeIn(names!).map((name, index) => [name, each[index]] as const);
    });
    expect(Object.fromEntries(defaults)).toMatchObject(parseEnv(example));
  });
});

describe('a page', () => {
  const page = new Page(
    'docs/sample.md',
    [
      '# One, two & `three`',
      'See [a](../README.md), [b](missing.md), [c](#one-two--three), [d](#four) and `src/main.ts`, `src/gone.ts`.',
      'Run `npm run nothing`, `npm ci && npm test`.',
      '| Variable | default |',
      '| --- | --- |',
      '| `A`, `B` | 1 \\| 2 |',
      '',
      '```json',
      '{"a": 1}',
      '```',
      '```http',
      'HTTP/1.1 200 OK',
      '',
      '{a: 1}',
      '```',
      'An example is `src/users/example.ts`:',
      '',
      '```ts',
      "import { User } from './user.entity.js';",
      'const user: User = new User();',
      'user.nothing = 1;',
      '```',
    ].join('\n'),
  );

  it('with mistakes is not accepted', () => {
    expect(unknownScripts(page)).toEqual(['nothing']);
    expect(missingPaths(page)).toEqual(['src/gone.ts']);
    expect(brokenJson(page)).toEqual(['{a: 1}\n']);
    expect(compileExamples(page.examples)).toEqual([
      "src/users/example.ts:3: Property 'nothing' does not exist on type 'User'.",
    ]);
  });

  it('is read as GitHub shows it', () => {
    expect(page.anchors).toEqual(['one-two--three']);
    expect(page.table('variable')).toEqual([['`A`, `B`', '1 \\| 2']]);
    const moved = new Page(
      'src/simulator/README.md',
      '[a](../main.ts) [b](../gone.ts) [c](#gone) [d](https://x.test)',
    );
    expect(brokenLinks(moved)).toEqual(['../gone.ts', '#gone']);
  });
});
