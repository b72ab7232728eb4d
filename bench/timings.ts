import { percentile } from './machine/figures.js';

/** How long requests of one kind took, in milliseconds. */
export class Timings {
  private readonly all: number[] = [];

  async of<T>(request: Promise<T>): Promise<T> {
    const start = performance.now();
    const answer = await request;
    this.all.push(performance.now() - start);
    return answer;
  }

  summary(): string {
    const sorted = this.all.sort((a, b) => a - b);
    const at = (share: number) => percentile(sorted, share).toFixed(1);
    return `${sorted.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${sorted.at(-1)?.toFixed(1)} ms`;
  }
}
