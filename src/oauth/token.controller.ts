import { All, Controller, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { answer } from './oauth-answer.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { OAuthBody, type OAuthParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';
import { TokenRequests } from './token-requests.js';

/** @see RFC 6749 §3.2 */
@Controller('oauth2/token')
@UseGuards(RateLimitGuard)
@UseFilters(OAuthExceptionFilter)
export class TokenController {
  constructor(private readonly tokenRequests: TokenRequests) {}

  @Post()
  async token(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { authorization, 'user-agent': userAgent } = request.headers;
    answer(
      response,
      200,
      await this.tokenRequests.answer({ parameters, authorization, userAgent, address: request.ip }),
    );
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}
