import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { MetricsRegistry } from './metrics-registry.js';
import { WorkerMetrics } from './worker-metrics.js';

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly workers: WorkerMetrics,
  ) {}

  @Get()
  async metrics(@Res() response: Response): Promise<void> {
    const text = await this.workers.text();
    response.set({ 'Content-Type': this.registry.contentType, 'Cache-Control': 'no-store' }).end(text);
  }
}
