import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { VERSION } from '../config/version.js';
import { MetricsRegistry } from './metrics-registry.js';

/** What prom-client measures of the process; once, however many applications there are in it. */
let ofProcess: Registry | undefined;

/** The process itself: processor, memory, event loop, garbage collection, and what is running. */
@Injectable()
export class ProcessMetrics implements OnModuleInit {
  constructor(private readonly registry: MetricsRegistry) {}

  onModuleInit(): void {
    if (!ofProcess) {
      ofProcess = new Registry();
      collectDefaultMetrics({ register: ofProcess });
    }
    for (const { name } of ofProcess.getMetricsAsArray()) {
      this.registry.registerMetric(ofProcess.getSingleMetric(name)!);
    }
    const build = new Gauge({
      name: 'ciam_build_info',
      help: 'What is running; always 1',
      labelNames: ['version', 'node_version'],
      aggregator: 'first',
      registers: [this.registry],
    });
    build.set({ version: VERSION, node_version: process.version }, 1);
  }
}
