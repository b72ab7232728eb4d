import { All, Controller, HttpCode, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { answer } from './oauth-answer.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { OAuthBody, type OAuthParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';
import { requesterOf } from '../audit/requester.js';
import { TokenRequests } from './token-requests.js';

/** @see RFC 6749 §3.2 */
@Controller('oauth2/token')
@UseGuards(RateLimitGuard)
@UseFilters(OAuthExceptionFilter)
export class TokenController {
  constructor(private readonly tokenRequests: TokenRequests) {}

  @Post()
  @HttpCode(200)
  async token(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { authorization } = request.headers;
    const idempotencyKey = request.get('Idempotency-Key');
    const requester = requesterOf(request);
    const tokenRequest = { parameters, authorization, idempotencyKey, ...requester };
    answer(response, 200, await this.tokenRequests.answer(tokenRequest));
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}
