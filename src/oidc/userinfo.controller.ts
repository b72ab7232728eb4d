import {
  All,
  Controller,
  Get,
  Header,
  MethodNotAllowedException,
  Post,
  HttpCode,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { type Claims } from '../users/claims.js';
import { BearerToken } from './bearer-token.js';
import { UserinfoExceptionFilter } from './userinfo-exception.filter.js';
import { UserinfoService } from './userinfo.service.js';

/** @see OpenID Connect Core 1.0 §5.3, https://cloud.tencent.com/document/product/1441/64399 */
@Controller('userinfo')
@UseGuards(RateLimitGuard)
@UseFilters(UserinfoExceptionFilter)
export class UserinfoController {
  constructor(private readonly userinfo: UserinfoService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  get(@BearerToken() accessToken: string): Promise<Claims> {
    return this.userinfo.claims(accessToken);
  }

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  post(@BearerToken() accessToken: string): Promise<Claims> {
    return this.userinfo.claims(accessToken);
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowedException();
  }
}
