type Undo = () => unknown;

const undone: Undo[] = [];
let undoing: Promise<void> | undefined;

/** Remembers what has to be stopped, dropped or deleted in the end, the last first. */
export function cleanup(undo: Undo): void {
  undone.push(undo);
}

/** Runs something, and whatever happens, and whoever interrupts it, leaves nothing behind. */
export async function cleaningUp(run: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void undoAll().then(() => process.exit(1)));
  }
  try {
    await run();
  } finally {
    await undoAll();
  }
}

/** Once: what an interruption has begun, the failure that it causes waits for. */
function undoAll(): Promise<void> {
  return (undoing ??= undoEach());
}

async function undoEach(): Promise<void> {
  for (let undo = undone.pop(); undo; undo = undone.pop()) {
    try {
      await undo();
    } catch (error) {
      process.stderr.write(`Not cleaned up: ${(error as Error).message}\n`);
    }
  }
}
