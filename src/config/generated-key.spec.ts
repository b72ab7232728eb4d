import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedKey } from './generated-key.js';

describe('generatedKey', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ciam-key-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('draws a key once, for its owner alone, and leaves nothing else behind', () => {
    const path = join(folder, 'data', 'encryption.key');
    const key = generatedKey(path);
    expect(key).toHaveLength(32);
    expect(generatedKey(path)).toEqual(key);
    expect(readFileSync(path, 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'data'))).toEqual(['encryption.key']);
  });

  it('refuses a file that holds something else, without printing it', () => {
    const path = join(folder, 'encryption.key');
    writeFileSync(path, 'half a key');
    expect(() => generatedKey(path)).toThrow(`${path} does not hold the base64 of 32 bytes`);
  });
});
