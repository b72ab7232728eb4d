import { Module } from '@nestjs/common';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import cluster from 'node:cluster';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ClientRateLimit } from './client-rate-limit.js';
import { MemoryCounter } from './memory-counter.js';
import { PrimaryCounter } from './primary-counter.js';
import { RateLimitMetrics } from './rate-limit-metrics.js';
import { RedisCounter } from './redis-counter.js';
import { RequestCounter } from './request-counter.js';

/** What a module imports whose controllers have `@UseGuards(RateLimitGuard)`. */
@Module({
  imports: [MetricsModule],
  providers: [
    RateLimitMetrics,
    {
      provide: RequestCounter,
      inject: [RateLimitConfig],
      useFactory: ({ perMinute, perClientPerMinute, redisUrl }: RateLimitConfig): RequestCounter => {
        const memory = new MemoryCounter();
        if (perMinute === 0 && perClientPerMinute === 0) return memory;
        const here = cluster.isWorker ? new PrimaryCounter(memory) : memory;
        return redisUrl ? new RedisCounter(redisUrl, here) : here;
      },
    },
    ClientRateLimit,
  ],
  exports: [RequestCounter, RateLimitMetrics, ClientRateLimit],
})
export class RateLimitModule {}
