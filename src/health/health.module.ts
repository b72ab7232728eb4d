import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { HealthController } from './health.controller.js';
import { ReadinessMetric } from './readiness-metric.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [MetricsModule],
  controllers: [HealthController],
  providers: [Readiness, ReadinessMetric],
})
export class HealthModule {}
