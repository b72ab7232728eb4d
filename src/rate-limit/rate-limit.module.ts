import { Module } from '@nestjs/common';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import { MemoryCounter } from './memory-counter.js';
import { RedisCounter } from './redis-counter.js';
import { RequestCounter } from './request-counter.js';

/** What a module imports whose controllers have `@UseGuards(RateLimitGuard)`. */
@Module({
  providers: [
    {
      provide: RequestCounter,
      inject: [RateLimitConfig],
      useFactory: ({ perMinute, redisUrl }: RateLimitConfig): RequestCounter => {
        const memory = new MemoryCounter();
        return redisUrl && perMinute > 0 ? new RedisCounter(redisUrl, memory) : memory;
      },
    },
  ],
  exports: [RequestCounter],
})
export class RateLimitModule {}
