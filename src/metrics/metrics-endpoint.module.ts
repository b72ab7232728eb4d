import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';
import { MetricsModule } from './metrics.module.js';
import { ProcessMetrics } from './process-metrics.js';
import { WorkerMetrics } from './worker-metrics.js';

/** Where Prometheus reads the metrics; for applications that listen. */
@Module({
  imports: [MetricsModule],
  controllers: [MetricsController],
  providers: [ProcessMetrics, WorkerMetrics],
})
export class MetricsEndpointModule {}
