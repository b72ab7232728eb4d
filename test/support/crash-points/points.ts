/** A point that a request has passed, as `crash-points.js` tells it. */
export interface PassedPoint {
  /** `file:line:column:before` or `:after` of an `await` of the built code. */
  readonly name: string;
  /** 1 when it passed there for the first time. */
  readonly time: number;
  /** What it had sent out by then. */
  readonly sent: readonly string[];
}

/**
 * The last point before each thing that a request sends out, and the last of all: the memory of a process dies with it,
 * so a kill at any other point leaves the same behind as one at the next of these.
 */
export function decisivePoints(passed: readonly PassedPoint[]): PassedPoint[] {
  return passed.filter(({ sent }, index) => sent.length !== passed[index + 1]?.sent.length);
}

/** How often each file's points were passed. */
export function passesByFile(passed: readonly PassedPoint[]): Record<string, number> {
  const passes: Record<string, number> = {};
  for (const { name } of passed) {
    const [file] = name.split(':') as [string];
    passes[file] = (passes[file] ?? 0) + 1;
  }
  return passes;
}
