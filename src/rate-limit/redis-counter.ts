import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { WINDOW_MS, type RequestCounter, type Window } from './request-counter.js';

const KEY_PREFIX = 'nest-ciam:rate-limit:';

const ANSWER_WITHIN_MS = 100;
const CONNECT_WITHIN_MS = 1000;
const ASK_AGAIN_AFTER_MS = 1000;

/** Counts, and answers the count and the milliseconds that are left of the window. */
const COUNT = `
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {hits, left}`;

/**
 * Counts requests in Redis, for all processes that share it.
 *
 * When Redis does not answer within 100 ms, `meanwhile` counts, and Redis is asked again a second later. An outage is
 * logged once, and neither refuses a request nor stops the boot.
 */
export class RedisCounter implements RequestCounter, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('RateLimit');
  private readonly redis: Redis;
  private silentSince: number | undefined;

  constructor(
    url: string,
    private readonly meanwhile: RequestCounter,
    answerWithinMs = ANSWER_WITHIN_MS,
  ) {
    this.redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      // A request that was counted here meanwhile must not be counted there later.
      autoResendUnfulfilledCommands: false,
      commandTimeout: answerWithinMs,
      connectTimeout: CONNECT_WITHIN_MS,
      // A connection that has gone dead without a word is given up and made anew.
      socketTimeout: 2 * ASK_AGAIN_AFTER_MS,
      retryStrategy: () => ASK_AGAIN_AFTER_MS,
      disableClientInfo: true,
    });
    this.redis.on('error', (error) => this.fellSilent(error));
  }

  /** Waits a moment for the connection, so that the first requests are shared too. */
  async onModuleInit(): Promise<void> {
    const connected = this.redis.connect().catch((error: Error) => this.fellSilent(error));
    await Promise.race([connected, delay(CONNECT_WITHIN_MS, undefined, { ref: false })]);
  }

  async count(client: string): Promise<Window> {
    if (this.silentSince === undefined || performance.now() - this.silentSince >= ASK_AGAIN_AFTER_MS) {
      try {
        const [hits, leftMs] = (await this.redis.eval(COUNT, 1, KEY_PREFIX + client, WINDOW_MS)) as [
          number,
          number,
        ];
        this.answered();
        return { hits, leftMs };
      } catch (error) {
        this.fellSilent(error as Error);
      }
    }
    return this.meanwhile.count(client);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private answered(): void {
    if (this.silentSince !== undefined) this.logger.log('Redis answers again');
    this.silentSince = undefined;
  }

  private fellSilent(error: Error): void {
    if (this.silentSince === undefined) {
      this.logger.warn('Redis does not answer: this process counts requests alone meanwhile', error);
    }
    this.silentSince = performance.now();
  }
}
