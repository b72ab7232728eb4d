import { Module } from '@nestjs/common';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import cluster from 'node:cluster';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ClientRateLimit } from './client-rate-limit.js';
import { MemoryCounter } from './memory-counter.js';
import { PrimaryCounter } from './primary-counter.js';
import { RateLimitMetrics } from './rate-limit-metrics.js';
import { RequestCounter } from './request-counter.js';

/** What a module imports whose controllers have `@UseGuards(RateLimitGuard)`. */
@Module({
  imports: [MetricsModule],
  providers: [
    RateLimitMetrics,
    {
      provide: RequestCounter,
      inject: [RateLimitConfig],
      useFactory: async (config: RateLimitConfig): Promise<RequestCounter> => {
        const { perMinute, perClientPerMinute, redisUrl } = config;
        const memory = new MemoryCounter();
        if (perMinute === 0 && perClientPerMinute === 0) return memory;
        const here = cluster.isWorker ? new PrimaryCounter(memory) : memory;
        if (!redisUrl) return here;
        // With its library, which a start without Redis has no use for.
        const { RedisCounter } = await import('./redis-counter.js');
        return new RedisCounter(redisUrl, here);
      },
    },
    ClientRateLimit,
  ],
  exports: [RequestCounter, RateLimitMetrics, ClientRateLimit],
})
export class RateLimitModule {}
