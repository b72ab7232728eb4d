import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a command ended, and what it printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, without input. @param environment all of its variables, `PATH` excepted */
export async function runCommand(
  command: string,
  args: readonly string[],
  folder: string,
  environment: Record<string, string> = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/**
 * Runs a script of bash, as somebody would type it: with npm's settings, and to the first command that fails.
 *
 * @returns all that was printed
 * @throws Error with it, when a command has failed
 */
export async function runScript(
  script: string,
  folder: string,
  environment: Record<string, string> = {},
): Promise<string> {
  const { HOME = '' } = process.env;
  const { code, stdout, stderr } = await runCommand('bash', ['-ec', script], folder, {
    HOME,
    ...environment,
  });
  const printed = `${stdout}\n${stderr}`;
  if (code !== 0) throw new Error(`It ends with ${code}:\n${script}\n${printed}`);
  return printed;
}
