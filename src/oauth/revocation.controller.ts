import { All, Controller, HttpCode, Options, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { CrossOriginAccess } from '../cors/cross-origin-access.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { claimedClientId } from './client-authenticator.js';
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
  constructor(
    private readonly revocation: RevocationService,
    private readonly crossOrigin: CrossOriginAccess,
  ) {}

  @Post()
  @HttpCode(200)
  async revoke(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { authorization } = request.headers;
    await this.crossOrigin.admit(request, response, claimedClientId(parameters, authorization));
    await this.revocation.revoke(parameters, authorization, requesterOf(request));
    answerEmpty(response, 200);
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
