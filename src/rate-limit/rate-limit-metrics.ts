import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

@Injectable()
export class RateLimitMetrics {
  private readonly refusals: Counter<'route'>;

  constructor(registry: MetricsRegistry) {
    this.refusals = new Counter({
      name: 'ciam_rate_limited_requests_total',
      help: 'Requests refused because their client address has sent too many',
      labelNames: ['route'],
      registers: [registry],
    });
  }

  refused(route: string): void {
    this.refusals.inc({ route });
  }
}
