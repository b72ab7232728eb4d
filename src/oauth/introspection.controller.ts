import { All, Controller, HttpCode, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { IntrospectionService } from './introspection.service.js';
import { answer } from './oauth-answer.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { OAuthBody, type OAuthParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';

/** @see RFC 7662 §2 */
@Controller('oauth2/introspect')
@UseGuards(RateLimitGuard)
@UseFilters(OAuthExceptionFilter)
export class IntrospectionController {
  constructor(private readonly introspection: IntrospectionService) {}

  @Post()
  @HttpCode(200)
  async introspect(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    answer(response, 200, await this.introspection.answer(parameters, request.headers.authorization));
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}
