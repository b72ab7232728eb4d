import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const notOurs = /(^|\/)(node_modules|dist|coverage|data|\.git)(\/|$)/;

/** A fenced block of code. */
export interface Fence {
  readonly language: string;
  readonly code: string;
  /** The paragraph before it. */
  readonly introduction: string;
}

/** A Markdown page, as far as our own pages use Markdown. */
export class Page {
  readonly fences: readonly Fence[];
  /** The page without its fenced blocks. */
  private readonly prose: string;

  constructor(
    /** From the top of the repository. */
    readonly path: string,
    text: string,
  ) {
    const fence = /^```([\w-]*)[^\n]*\n([\s\S]*?)^```$/gm;
    this.fences = [...text.matchAll(fence)].map(({ 1: language, 2: code, index }) => {
      const introduction = text.slice(0, index).trimEnd().split('\n\n').at(-1)!;
      return { language: language!, code: code!, introduction };
    });
    this.prose = text.replace(fence, '');
  }

  static read(path: string): Page {
    return new Page(path, readFileSync(posix.join(root, path), 'utf8'));
  }

  code(language: string): string[] {
    return this.fences.filter((fence) => fence.language === language).map(({ code }) => code);
  }

  /** Examples in TypeScript under the path that the paragraph before ends with, else beside their page. */
  get examples(): ReadonlyMap<string, string> {
    const examples = this.fences.filter(({ language }) => language === 'ts');
    return new Map(
      examples.map(({ code, introduction }, index) => {
        const [, named] = /`(src\/\S+\.ts)`:$/.exec(introduction) ?? [];
        return [named ?? posix.join(posix.dirname(this.path), `example-${index + 1}.ts`), code];
      }),
    );
  }

  /** JSON by itself, as the body of an HTTP message, and in a line. */
  get json(): string[] {
    const bodies = this.code('http').map((message) => message.slice(message.indexOf('\n\n') + 2));
    const inline = this.codeSpans.filter((code) => /^\{"|^\[[{"]/.test(code));
    return [...this.code('json'), ...bodies.filter((body) => /^[{[]/.test(body)), ...inline];
  }

  /** What stands between backticks in the prose. */
  get codeSpans(): string[] {
    return [...this.prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  }

  /** Targets of `[text](target)`. */
  get links(): string[] {
    return [...this.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  }

  /** The anchors that GitHub gives to the headings. */
  get anchors(): string[] {
    return [...this.prose.matchAll(/^#+ +(.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }

  /** The rows of the table whose first column is headed so, cell by cell. */
  table(heading: string): string[][] {
    const rows = this.prose.split('\n').map((line) => (line.startsWith('|') ? cellsOf(line) : undefined));
    const start = rows.findIndex((cells) => cells?.[0]?.toLowerCase() === heading);
    if (start < 0) throw new Error(`${this.path} has no table headed "${heading}"`);
    const end = rows.findIndex((cells, index) => index > start && cells === undefined);
    return rows.slice(start + 2, end < 0 ? undefined : end) as string[][];
  }
}

/** Every page of the repository. */
export function readPages(): Page[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !notOurs.test(path))
    .sort()
    .map((path) => Page.read(path));
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** What stands between backticks in a cell of a table. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}
