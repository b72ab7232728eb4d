import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../spawned-command.js';
import { isInContext } from './docker-context.js';
import { instructionsOf, pairsOf, readStages, type Instruction, type Stage } from './dockerfile.js';
import { readText } from './repository.js';

const context = fileURLToPath(new URL('../../../', import.meta.url));

/** Node forbids every write of a file, wherever that would be, where it can (24 and later). */
const NO_WRITES = [
  '--permission',
  '--allow-fs-read=*',
  '--allow-addons',
  '--allow-net',
  '--disable-warning=PERM0001',
]
  .filter((option) => process.allowedNodeEnvironmentFlags.has(option.split('=')[0]!))
  .join(' ');

type Run = ChildProcessByStdio<null, Readable, Readable>;

/**
 * What the Dockerfile makes, without a container engine: its instructions are carried out in folders, and what it is to
 * run runs as its user, who may write nothing there. The base image is this machine, with the Node that runs the test.
 */
export class BuiltImage {
  private readonly running = new Set<Run>();

  private constructor(
    private readonly folder: string,
    private readonly root: string,
    private readonly image: Stage,
  ) {}

  static async build(): Promise<BuiltImage> {
    const folder = await mkdtemp(join(tmpdir(), 'nest-ciam-image-'));
    const stages = readStages(readText('Dockerfile'));
    const roots = stages.map((_, index) => join(folder, String(index)));
    for (const [index, stage] of stages.entries()) {
      await new StageBuild(
        roots[index]!,
        (name) => roots[stages.findIndex((each) => each.name === name)]!,
      ).run(stage);
    }
    const root = roots.at(-1)!;
    await mkdir(join(root, 'usr/local/bin'), { recursive: true });
    await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
    await runCommand('chmod', ['-R', 'a-w', root], folder);
    await chmod(folder, 0o755);
    return new BuiltImage(folder, root, stages.at(-1)!);
  }

  /** Where a path of the image is on this machine. */
  path(path: string): string {
    return join(this.root, path);
  }

  /** The command that the image has, as a container would start it. */
  start(environment: Record<string, string>): Run {
    return this.spawn([...this.words('ENTRYPOINT'), ...this.words('CMD')], environment);
  }

  /** Another command than its own, to its end. @param cwd where, in the image; its WORKDIR when absent */
  run(args: readonly string[], environment: Record<string, string>, cwd?: string): Promise<CommandResult> {
    return ended(this.spawn([...this.words('ENTRYPOINT'), ...args], environment, cwd));
  }

  /** @returns exit code 0 when the image's HEALTHCHECK holds the service for healthy */
  healthCheck(environment: Record<string, string>): Promise<CommandResult> {
    return ended(this.spawn(this.words('HEALTHCHECK'), environment));
  }

  async remove(): Promise<void> {
    // What a test that has failed has left.
    for (const run of this.running) run.kill('SIGKILL');
    await runCommand('chmod', ['-R', 'u+w', this.folder], tmpdir());
    await rm(this.folder, { recursive: true });
  }

  private words(keyword: string): readonly string[] {
    return instructionsOf(this.image, keyword).at(-1)!.words!;
  }

  private spawn(
    [program, ...args]: readonly string[],
    environment: Record<string, string>,
    cwd?: string,
  ): Run {
    const workdir = instructionsOf(this.image, 'WORKDIR').at(-1)!.text;
    const [uid, gid] = instructionsOf(this.image, 'USER').at(-1)!.text.split(':').map(Number);
    const run = spawn(program!, args, {
      cwd: cwd ?? this.path(workdir),
      // Only root may become somebody else.
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
      env: {
        ...pairsOf(this.image, 'ENV'),
        PATH: this.path('usr/local/bin'),
        TMPDIR: '/nowhere',
        NODE_OPTIONS: NO_WRITES,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.add(run);
    run.once('close', () => this.running.delete(run));
    return run;
  }
}

/** Carries out the instructions of one stage in a folder that stands for its file system. */
class StageBuild {
  private workdir = '/';

  constructor(
    private readonly root: string,
    private readonly rootOf: (stage: string) => string,
  ) {}

  async run(stage: Stage): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const instruction of stage.instructions) {
      if (instruction.keyword === 'WORKDIR') await this.enter(instruction.text);
      if (instruction.keyword === 'COPY') await this.copy(instruction);
      if (instruction.keyword === 'RUN') await this.command(instruction.text);
    }
  }

  private async enter(workdir: string): Promise<void> {
    this.workdir = workdir;
    await mkdir(join(this.root, workdir), { recursive: true });
  }

  private async copy({ text, flags }: Instruction): Promise<void> {
    const paths = text.split(/\s+/);
    const target = paths.pop()!;
    const from = flags.from === undefined ? context : this.rootOf(flags.from);
    for (const path of paths) {
      const isFolder = target.endsWith('/');
      await cp(join(from, path), join(this.root, this.workdir, target, isFolder ? basename(path) : ''), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => flags.from !== undefined || isWanted(relative(context, source), path),
      });
    }
  }

  private async command(text: string): Promise<void> {
    const folder = join(this.root, this.workdir);
    const shell = ['-c', `umask 022; ${text}`];
    const { code, stdout, stderr } = await runCommand('sh', shell, folder, machineEnvironment());
    if (code !== 0) throw new Error(`${text} ended with ${code}:\n${stdout}\n${stderr}`);
  }
}

/** How this machine reaches the registry, without what npm and Jest have set for this very run. */
function machineEnvironment(): Record<string, string> {
  const ofThisRun =
    /^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD|NODE_ENV|NODE_OPTIONS|JEST_)/;
  const own = Object.entries(process.env).filter(([name]) => !ofThisRun.test(name));
  return Object.fromEntries(own) as Record<string, string>;
}

/** A folder that the context has whole is gone into. */
function isWanted(path: string, copied: string): boolean {
  return path === copied || isInContext(path);
}

async function ended(run: Run): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' };
  run.stdout.on('data', (bytes: Buffer) => (output.stdout += bytes.toString()));
  run.stderr.on('data', (bytes: Buffer) => (output.stderr += bytes.toString()));
  const [code] = (await once(run, 'close')) as [number | null];
  return { code, ...output };
}
