import {
  All,
  Controller,
  Get,
  Header,
  MethodNotAllowedException,
  Options,
  Post,
  HttpCode,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { type Request, type Response } from 'express';
import { CrossOriginAccess } from '../cors/cross-origin-access.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { type Claims } from '../users/claims.js';
import { BearerToken, claimedAudience } from './bearer-token.js';
import { UserinfoExceptionFilter } from './userinfo-exception.filter.js';
import { UserinfoService } from './userinfo.service.js';

/** @see OpenID Connect Core 1.0 §5.3, https://cloud.tencent.com/document/product/1441/64399 */
@Controller('userinfo')
@UseGuards(RateLimitGuard)
@UseFilters(UserinfoExceptionFilter)
export class UserinfoController {
  constructor(
    private readonly userinfo: UserinfoService,
    private readonly crossOrigin: CrossOriginAccess,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async get(
    @BearerToken() accessToken: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Claims> {
    await this.crossOrigin.admit(request, response, claimedAudience(accessToken));
    return this.userinfo.claims(accessToken);
  }

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  post(
    @BearerToken() accessToken: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Claims> {
    return this.get(accessToken, request, response);
  }

  @Options()
  async preflight(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!(await this.crossOrigin.answerPreflight(request, response, 'GET, POST'))) this.otherMethod();
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowedException();
  }
}
