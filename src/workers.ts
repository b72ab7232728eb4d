import { type LoggerService } from '@nestjs/common';
import cluster, { type Worker } from 'node:cluster';
import { PrimaryMetrics } from './metrics/primary-metrics.js';
import { countForWorkers } from './rate-limit/primary-counter.js';

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived this long had nothing wrong with its start. */
const STEADY_AFTER_MS = 30_000;
/** What a worker may take beyond its own shutdown timeout. */
const MARGIN_MS = 3000;

/**
 * The primary process of `WORKERS` processes that share a port.
 *
 * The first worker starts alone, so that what stops the boot is said once. A worker that ends before all have
 * listened once ends the service with exit code 1; one that dies later is replaced, after a pause that doubles while
 * replacements die young.
 */
export class Workers {
  private readonly alive = new Set<Worker>();
  private listening = 0;
  private pauseMs = SHORTEST_PAUSE_MS;
  private stopping = false;
  private exitCode = 0;

  /** @param shutdownTimeoutMs what a worker is given to answer its requests in flight */
  constructor(
    private readonly count: number,
    private readonly shutdownTimeoutMs: number,
    private readonly logger: LoggerService,
  ) {}

  start(): void {
    countForWorkers();
    new PrimaryMetrics().start();
    this.fork();
  }

  /** Ends every worker gracefully, and then this process; called again, at once. */
  stop(): void {
    if (this.stopping) this.kill();
    this.stopping = true;
    setTimeout(() => this.kill(), this.shutdownTimeoutMs + MARGIN_MS);
    this.alive.forEach((worker) => worker.process.kill('SIGTERM'));
    this.exitWhenAlone();
  }

  private fork(): void {
    const worker = cluster.fork();
    const bornAt = performance.now();
    this.alive.add(worker);
    worker.once('listening', () => this.listened());
    worker.once('exit', (code: number | null, signal: string | null) => {
      this.alive.delete(worker);
      if (this.stopping) this.ended(code, signal);
      else if (this.listening < this.count) this.failedToBoot();
      else this.died(worker, signal ?? `exit code ${code}`, performance.now() - bornAt);
    });
  }

  private listened(): void {
    this.listening += 1;
    if (this.listening > 1 || this.stopping) return;
    for (let i = 1; i < this.count; i++) this.fork();
  }

  private failedToBoot(): void {
    this.exitCode = 1;
    this.stop();
  }

  private died(worker: Worker, how: string, livedMs: number): void {
    this.pauseMs =
      livedMs >= STEADY_AFTER_MS ? SHORTEST_PAUSE_MS : Math.min(2 * this.pauseMs, LONGEST_PAUSE_MS);
    this.logger.error(
      `Worker ${worker.process.pid} died (${how}), another follows in ${this.pauseMs} ms`,
      'Workers',
    );
    setTimeout(() => {
      if (!this.stopping) this.fork();
    }, this.pauseMs);
  }

  private ended(code: number | null, signal: string | null): void {
    // A signal ends a worker by itself only before it has anything to close.
    if (code !== 0 && signal !== 'SIGTERM' && signal !== 'SIGINT') this.exitCode = 1;
    this.exitWhenAlone();
  }

  private exitWhenAlone(): void {
    if (this.alive.size === 0) process.exit(this.exitCode);
  }

  private kill(): never {
    this.alive.forEach((worker) => worker.process.kill('SIGKILL'));
    process.exit(1);
  }
}
