import { PassThrough } from 'node:stream';
import { Page } from './page.js';

function printed(coloured: boolean, print: (page: Page) => void): string {
  const out = new PassThrough();
  print(new Page(out, coloured));
  return String(out.read());
}

describe('the page', () => {
  it('shortens long texts in JSON', () => {
    const value = { iv: 'short', encryptedData: `${'a'.repeat(24)}${'b'.repeat(100)}${'c'.repeat(8)}` };
    expect(printed(false, (page) => page.json(value))).toBe(
      '  {\n    "iv": "short",\n    "encryptedData": "aaaaaaaaaaaaaaaaaaaaaaaa…cccccccc (132 characters)"\n  }\n',
    );
  });

  it('has colours when it is told so, and none otherwise', () => {
    const print = (page: Page) => {
      page.heading('Title');
      page.done('step');
    };
    expect(printed(false, print)).toBe('\nTitle\n  ✓ step\n');
    expect(printed(true, print)).toBe('\n\u001b[1mTitle\u001b[22m\n  \u001b[32m✓\u001b[39m step\n');
  });
});
