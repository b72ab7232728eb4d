import { All, Controller, HttpCode, Options, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { CrossOriginAccess } from '../cors/cross-origin-access.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { claimedClientId } from './client-authenticator.js';
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
  constructor(
    private readonly tokenRequests: TokenRequests,
    private readonly crossOrigin: CrossOriginAccess,
  ) {}

  @Post()
  @HttpCode(200)
  async token(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { authorization } = request.headers;
    const idempotencyKey = request.get('Idempotency-Key');
    await this.crossOrigin.admit(request, response, claimedClientId(parameters, authorization));
    const requester = requesterOf(request);
    const tokenRequest = { parameters, authorization, idempotencyKey, ...requester };
    answer(response, 200, await this.tokenRequests.answer(tokenRequest));
  }

  @Options()
  async preflight(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!(await this.crossOrigin.answerPreflight(request, response, 'POST'))) this.otherMethod();
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}
