import { Injectable } from '@nestjs/common';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import { RequestCounter } from './request-counter.js';
import { TooManyRequests } from './too-many-requests.js';

/** Refuses what one application sends beyond `RATE_LIMIT_PER_CLIENT_PER_MINUTE`, all its endpoints together. */
@Injectable()
export class ClientRateLimit {
  constructor(
    private readonly config: RateLimitConfig,
    private readonly counter: RequestCounter,
  ) {}

  /**
   * Counts a request.
   *
   * @param clientId of an application that there is: whatever anybody sends must not be remembered
   * @throws TooManyRequests
   */
  async admit(clientId: string): Promise<void> {
    const { perClientPerMinute } = this.config;
    if (perClientPerMinute === 0) return;
    const { hits, leftMs } = await this.counter.count(`client:${clientId}`);
    if (hits > perClientPerMinute) throw TooManyRequests.until(leftMs);
  }
}
