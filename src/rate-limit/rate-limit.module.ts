import { Global, Module } from '@nestjs/common';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import { MemoryCounter } from './memory-counter.js';
import { RedisCounter } from './redis-counter.js';
import { RequestCounter } from './request-counter.js';

/** What `@UseGuards(RateLimitGuard)` needs, wherever it stands. */
@Global()
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
