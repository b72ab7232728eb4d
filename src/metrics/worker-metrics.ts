import { Injectable, type OnModuleInit } from '@nestjs/common';
import cluster from 'node:cluster';
import { tellPrimary } from '../cluster/messages.js';
import { Questions } from '../cluster/questions.js';
import { isMetricsMessage, type MetricsMessage } from './metrics-messages.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Beyond what the primary waits for the other workers. */
const ANSWER_WITHIN_MS = 5000;

/** The metrics of this process; with `WORKERS`, those of all of them, whichever Prometheus has reached. */
@Injectable()
export class WorkerMetrics implements OnModuleInit {
  private readonly scrapes = new Questions<string>();

  constructor(private readonly registry: MetricsRegistry) {}

  onModuleInit(): void {
    if (!cluster.isWorker) return;
    process.on('message', (message: unknown) => {
      if (!isMetricsMessage(message)) return;
      if (message.metrics === 'report') void this.report(message.id);
      if (message.metrics === 'scraped') this.scrapes.answer(message.id, message.text);
    });
  }

  /** In the exposition format. A primary that does not answer leaves this process to speak for itself. */
  async text(): Promise<string> {
    const all = cluster.isWorker
      ? await this.scrapes.ask(ANSWER_WITHIN_MS, (id) =>
          tellPrimary<MetricsMessage>({ metrics: 'scrape', id }),
        )
      : undefined;
    return all ?? (await this.registry.metrics());
  }

  private async report(id: number): Promise<void> {
    tellPrimary<MetricsMessage>({ metrics: 'reported', id, report: await this.registry.getMetricsAsJSON() });
  }
}
