import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { complaint } from './complaint.js';

/** What a process may take to end by itself before it is killed, in milliseconds. */
const GRACE_MS = 5000;

export interface ChildOptions {
  /** What people call it. */
  readonly name: string;
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether it prints where this process does; its lines are read otherwise. */
  readonly inherit?: boolean;
}

/** A process of the demo. */
export class Child {
  readonly name: string;
  /** Resolves with how it ended, when it has. */
  readonly ended: Promise<string>;
  /** Warnings and errors that it has printed and nobody has been shown yet. */
  readonly complaints: string[] = [];
  /** Shows a complaint to people; until it is set they are kept. */
  onComplaint: ((line: string) => void) | undefined;
  private readonly process: ChildProcess;
  private readonly awaited = new Map<string, () => void>();

  constructor({ name, args, env, inherit = false }: ChildOptions) {
    this.name = name;
    const stdio = inherit ? 'inherit' : 'pipe';
    this.process = spawn(process.execPath, args, {
      env,
      stdio: ['ignore', stdio, stdio],
      // Ctrl-C goes to the whole group of a terminal, and the second signal that a service gets cuts it off.
      detached: process.platform !== 'win32',
    });
    const { stdout, stderr } = this.process;
    if (stdout) createInterface(stdout).on('line', (line) => this.read(line, complaint(line)));
    if (stderr) createInterface(stderr).on('line', (line) => this.read(line, line));
    this.ended = new Promise((resolve) => {
      this.process.once('error', ({ message }) => resolve(message));
      this.process.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }

  /** @returns whether it printed a line with this text; it has ended otherwise */
  says(text: string): Promise<boolean> {
    const said = new Promise<boolean>((resolve) => this.awaited.set(text, () => resolve(true)));
    return Promise.race([said, this.ended.then(() => false)]);
  }

  /** Asks it to end, and makes it when it takes too long. */
  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    const impatience = setTimeout(() => this.kill(), GRACE_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  private read(line: string, complaint: string | undefined): void {
    for (const [text, said] of this.awaited) {
      if (line.includes(text)) said();
    }
    if (complaint === undefined) return;
    if (this.onComplaint) this.onComplaint(complaint);
    else this.complaints.push(complaint);
  }
}
