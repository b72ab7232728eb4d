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
