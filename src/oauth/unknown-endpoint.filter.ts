import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { type Request } from 'express';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { UnknownEndpoint } from './oauth.errors.js';

/** Answers a request under `/oauth2` that no route took in the shape of an OAuth error; other paths as Nest does. */
@Catch(HttpException)
export class UnknownEndpointFilter extends BaseExceptionFilter<HttpException> {
  private readonly oauth = new OAuthExceptionFilter();

  override catch(exception: HttpException, host: ArgumentsHost): void {
    const { path } = host.switchToHttp().getRequest<Request>();
    if (/^\/oauth2(\/|$)/i.test(path)) this.oauth.catch(new UnknownEndpoint(), host);
    else super.catch(exception, host);
  }
}
