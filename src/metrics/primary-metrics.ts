import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { tellWorker } from '../cluster/messages.js';
import { Questions } from '../cluster/questions.js';
import { isMetricsMessage, type MetricsMessage, type Report } from './metrics-messages.js';

/** Longer than a worker needs to find out that its database does not answer. */
const REPORT_WITHIN_MS = 3000;

/**
 * Adds up the metrics of the workers, in the primary process.
 *
 * A counter never goes back: what a worker had counted when it was last heard of still counts when it is too busy to
 * say more, and after its end.
 */
export class PrimaryMetrics {
  private readonly reports = new Questions<Report>();
  private readonly latest = new Map<number, Report>();
  private ended: Promise<Report> = Promise.resolve([]);

  /** Answers the workers from now on. */
  start(): void {
    cluster.on('message', (worker: Worker, message: unknown) => {
      if (!isMetricsMessage(message)) return;
      if (message.metrics === 'reported') this.reported(worker, message);
      if (message.metrics === 'scrape') void this.scrape(worker, message.id);
    });
    cluster.on('exit', ({ id }: Worker) => {
      const last = this.latest.get(id) ?? [];
      this.latest.delete(id);
      this.ended = this.ended.then((ended) => sum([ended, last.filter(isCumulative)]).getMetricsAsJSON());
    });
  }

  private reported({ id }: Worker, message: MetricsMessage & { readonly metrics: 'reported' }): void {
    this.latest.set(id, message.report);
    this.reports.answer(message.id, message.report);
  }

  private async scrape(asking: Worker, id: number): Promise<void> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected());
    const reports = await Promise.all(workers.map((worker) => this.reportOf(worker!)));
    const text = await sum([...reports, await this.ended]).metrics();
    tellWorker<MetricsMessage>(asking, { metrics: 'scraped', id, text });
  }

  private async reportOf(worker: Worker): Promise<Report> {
    const report = await this.reports.ask(REPORT_WITHIN_MS, (id) =>
      tellWorker<MetricsMessage>(worker, { metrics: 'report', id }),
    );
    return report ?? this.latest.get(worker.id)?.filter(isCumulative) ?? [];
  }
}

function sum(reports: Report[]): Registry {
  return AggregatorRegistry.aggregate(reports);
}

/** Whether it only grows, and a worker that is gone is not to be missed in it. */
function isCumulative({ type }: Report[number]): boolean {
  // A word, whatever the package's own declaration says.
  return ['counter', 'histogram'].includes(String(type));
}
