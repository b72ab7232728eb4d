import { styleText } from 'node:util';

const LONGEST_VALUE = 72;

type Style = 'bold' | 'dim' | 'green' | 'cyan';

/** The demo's standard output: at most 100 columns, in colour on a terminal alone. */
export class Page {
  constructor(
    private readonly out: NodeJS.WritableStream,
    private readonly coloured: boolean,
  ) {}

  heading(text: string): void {
    this.line();
    this.line(this.styled('bold', text));
  }

  line(text = ''): void {
    this.out.write(`${text}\n`);
  }

  note(text: string): void {
    this.line(`  ${this.styled('dim', text)}`);
  }

  /** A step that was checked and is right. */
  done(text: string): void {
    this.line(`  ${this.styled('green', '✓')} ${text}`);
  }

  command(text: string): void {
    this.line(this.styled('cyan', text));
  }

  /** A JSON value with long texts in it shortened. */
  json(value: unknown): void {
    const text = JSON.stringify(value, (_key, member: unknown) => shortened(member), 2);
    this.line(text.replace(/^/gm, '  '));
  }

  private styled(style: Style, text: string): string {
    return this.coloured ? styleText(style, text, { validateStream: false }) : text;
  }
}

function shortened(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= LONGEST_VALUE) return value;
  return `${value.slice(0, 24)}…${value.slice(-8)} (${value.length} characters)`;
}
