import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from './spawned-command.js';
import { createTestDatabase } from './test-database.js';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Who types the commands of a test, as the audit has it. */
export const OPERATOR = `cli (${userInfo().username})`;

/** Variables that are set for one command, or, as undefined, not set. */
type Variables = Readonly<Record<string, string | undefined>>;

/** The built command line in a folder of its own, on a database of its own. */
export class TestCommandLine {
  private constructor(
    readonly folder: string,
    /** What every command has in its environment. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async create(variables: Readonly<Record<string, string>> = {}): Promise<TestCommandLine> {
    const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-cli-'));
    const database = await createTestDatabase({ shared: true });
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...variables,
    };
    return new TestCommandLine(folder, environment, () => database.drop());
  }

  /** @param preloaded modules that are loaded before it */
  run(args: readonly string[], variables: Variables = {}, preloaded: string[] = []): Promise<CommandResult> {
    const imports = preloaded.flatMap((module) => ['--import', module]);
    return runCommand(process.execPath, [...imports, MAIN, ...args], this.folder, this.with(variables));
  }

  /** Runs a command that is to print one JSON value, and nothing else. */
  async json(...args: string[]): Promise<unknown> {
    const result = await this.run([...args, '--json']);
    expect(result).toEqual({ code: 0, stdout: expect.stringMatching(/^[^\n]+\n$/), stderr: '' });
    return JSON.parse(result.stdout);
  }

  /** Starts a command that goes on until it is told to end. */
  start(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async close(): Promise<void> {
    await this.dropDatabase();
    await rm(this.folder, { recursive: true });
  }

  private with(variables: Variables): Record<string, string> {
    const all = Object.entries({ ...this.environment, ...variables });
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }
}

/** What a command prints of something for people: `name: value` lines. */
export function valuesOf(stdout: string): Record<string, string> {
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
}

/** What a command prints with `--json` that prints a value on each line. */
export function linesOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
