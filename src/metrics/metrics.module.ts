import { Global, Module } from '@nestjs/common';
import { HttpRequestMetrics } from './http-request-metrics.js';
import { MetricsRegistry } from './metrics-registry.js';

@Global()
@Module({ providers: [MetricsRegistry, HttpRequestMetrics], exports: [MetricsRegistry, HttpRequestMetrics] })
export class MetricsModule {}
