import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Row {
  readonly id: string;
  readonly verdict: string;
  readonly how: string;
  readonly shownBy: string;
}

/** `numbered('10.4', 3)` is 10.4.1 to 10.4.3. */
const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`);

/** Every recommendation and requirement that there is, by the table that has to have it. */
const EXPECTED = {
  'RFC 9700': [
    ...['2.1', '2.1.1', '2.1.2', '2.2.1', '2.2.2', '2.3', '2.4', '2.5', '2.6'],
    ...numbered('4', 17),
  ],
  'OWASP ASVS 5.0, V9: self-contained tokens': [...numbered('9.1', 3), ...numbered('9.2', 4)],
  'OWASP ASVS 5.0, V10: OAuth and OIDC': [
    ...numbered('10.1', 2),
    ...numbered('10.2', 3),
    ...numbered('10.3', 5),
    ...numbered('10.4', 16),
    ...numbered('10.5', 5),
    ...numbered('10.6', 2),
    ...numbered('10.7', 3),
  ],
};

const VERDICTS = ['met', 'partly', 'not met', 'not applicable', 'client'];

const page = read('docs/threat-model.md');

/** The cells of the table under a heading. */
function cellsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function rowsUnder(heading: string): Row[] {
  return cellsUnder(heading).map(([id, , verdict, how, shownBy]) => ({
    id: id!,
    verdict: verdict!,
    how: how!,
    shownBy: shownBy!,
  }));
}

/** Tests as the page names them: a file, and the titles of tests in it. */
function testsNamedIn(text: string): [file: string, title: string][] {
  return [...text.matchAll(/`((?:src|test)\/[\w./-]+\.(?:e2e-)?spec\.ts)`((?: “[^”]+”)+)/g)].flatMap(
    ([, file, titles]) =>
      [...titles!.matchAll(/“([^”]+)”/g)].map(([, title]): [string, string] => [file!, title!]),
  );
}

const isTitle = (source: string, title: string) =>
  [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted));

function missingTests(text: string): string[] {
  return testsNamedIn(text)
    .filter(([file, title]) => !existsSync(fileURLToPath(new URL(file, root))) || !isTitle(read(file), title))
    .map(([file, title]) => `${file}: ${title}`);
}

describe('docs/threat-model.md', () => {
  it.each(Object.entries(EXPECTED))('goes through %s point by point', (heading, ids) => {
    expect(rowsUnder(heading).map(({ id }) => id)).toEqual(ids);
  });

  it.each(Object.keys(EXPECTED))(
    'says of each point of %s whether it is met, how, and what shows it',
    (heading) => {
      for (const { id, verdict, how, shownBy } of rowsUnder(heading)) {
        expect([id, VERDICTS]).toEqual([id, expect.arrayContaining([verdict])]);
        expect([id, how]).toEqual([id, expect.stringMatching(/\.$/)]);
        const isShown = testsNamedIn(shownBy).length > 0;
        expect([id, isShown || !['met', 'partly', 'client'].includes(verdict)]).toEqual([id, true]);
      }
    },
  );

  it('names tests that exist, and every file with a test of it', () => {
    expect(testsNamedIn(page).length).toBeGreaterThan(80);
    expect(missingTests(page)).toEqual([]);
    const files = [...page.matchAll(/`((?:src|test)\/[\w./-]+spec\.ts)`/g)].map(([, file]) => file!);
    const withTitles = new Set(testsNamedIn(page).map(([file]) => file));
    expect(files.filter((file) => file !== 'test/threat-model.spec.ts' && !withTitles.has(file))).toEqual([]);
  });

  it('would be caught naming one that does not', () => {
    const here = 'test/threat-model.spec.ts';
    const text = `\`${here}\` “names tests that exist, and every file with a test of it” “no such ${'test'}”; \`test/gone.spec.ts\` “x”`;
    expect(missingTests(text)).toEqual([`${here}: no such test`, 'test/gone.spec.ts: x']);
  });
});
