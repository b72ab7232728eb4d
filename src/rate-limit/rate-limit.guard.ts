import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { RateLimitConfig } from '../config/rate-limit.config.js';
import { clientNetwork } from './client-network.js';
import { RateLimitMetrics } from './rate-limit-metrics.js';
import { RequestCounter } from './request-counter.js';
import { TooManyRequests } from './too-many-requests.js';

/**
 * Refuses what a client address sends to a controller beyond `RATE_LIMIT_PER_MINUTE`; each controller counts apart.
 *
 * Guards run before an endpoint reads its body.
 *
 * @throws TooManyRequests
 */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly config: RateLimitConfig,
    private readonly counter: RequestCounter,
    private readonly metrics: RateLimitMetrics,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { perMinute } = this.config;
    if (perMinute === 0) return true;
    const request = context.switchToHttp().getRequest<Request>();
    const { hits, leftMs } = await this.counter.count(
      `${context.getClass().name}:${clientNetwork(request.ip ?? '')}`,
    );
    if (hits <= perMinute) return true;
    this.metrics.refused((request.route as { readonly path: string }).path);
    throw TooManyRequests.until(leftMs);
  }
}
