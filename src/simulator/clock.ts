/** Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
}

/** The simulator's time: a source plus an offset, so that five minutes can pass without anyone waiting. */
export class SimulatorClock implements Clock {
  offsetMs = 0;

  constructor(private readonly source: Clock = Date) {}

  now(): number {
    return this.source.now() + this.offsetMs;
  }

  /** Unix seconds, as WeChat's watermarks and request ids carry them. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
