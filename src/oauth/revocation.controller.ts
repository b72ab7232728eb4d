import { All, Controller, HttpCode, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { answerEmpty } from './oauth-answer.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { OAuthBody, type OAuthParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';
import { requesterOf } from '../audit/requester.js';
import { RevocationService } from './revocation.service.js';

/** @see RFC 7009 §2 */
@Controller('oauth2/revoke')
@UseGuards(RateLimitGuard)
@UseFilters(OAuthExceptionFilter)
export class RevocationController {
  constructor(private readonly revocation: RevocationService) {}

  @Post()
  @HttpCode(200)
  async revoke(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.revocation.revoke(parameters, request.headers.authorization, requesterOf(request));
    answerEmpty(response, 200);
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}
