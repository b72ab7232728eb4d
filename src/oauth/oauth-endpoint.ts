import {
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { type Response } from 'express';
import { type Observable } from 'rxjs';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';

/** @see RFC 6749 §5.1 */
@Injectable()
class Uncached implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Pragma', 'no-cache');
    return next.handle();
  }
}

/**
 * Makes a controller an endpoint like those of the service: limited by client address before its body is read, its
 * answers not kept, whatever it throws told in the documented shape. Its module imports `OAuthModule`.
 *
 * @publicApi
 */
export function OAuthEndpoint(): ClassDecorator {
  return applyDecorators(
    UseGuards(RateLimitGuard),
    UseFilters(OAuthExceptionFilter),
    UseInterceptors(Uncached),
  );
}
