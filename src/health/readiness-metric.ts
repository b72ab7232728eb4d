import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { Readiness } from './readiness.js';

/** What `/health/ready` says, for whoever only sees the metrics; of several workers, what the worst off says. */
@Injectable()
export class ReadinessMetric {
  constructor(registry: MetricsRegistry, readiness: Readiness) {
    new Gauge({
      name: 'ciam_ready',
      help: 'Whether the service can do its work: 1 or 0',
      aggregator: 'min',
      registers: [registry],
      async collect() {
        this.set((await readiness.hindrance()) === undefined ? 1 : 0);
      },
    });
  }
}
