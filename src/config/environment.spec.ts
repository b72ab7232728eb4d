import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment } from './environment.js';

describe('.env in the working directory', () => {
  const home = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ciam-env-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
    delete process.env.CIAM_SPEC_SET;
  });

  it('is not needed', () => {
    expect(processEnvironment().PATH).toBe(process.env.PATH);
  });

  it('adds variables and changes none that is set', () => {
    process.env.CIAM_SPEC_SET = 'shell';
    writeFileSync('.env', 'CIAM_SPEC_SET=file\nCIAM_SPEC_NEW=file\n');
    const { CIAM_SPEC_SET, CIAM_SPEC_NEW } = processEnvironment();
    expect([CIAM_SPEC_SET, CIAM_SPEC_NEW]).toEqual(['shell', 'file']);
  });

  it('is an error when it is there and cannot be read', () => {
    mkdirSync('.env');
    expect(() => processEnvironment()).toThrow('.env cannot be read: EISDIR');
  });
});
