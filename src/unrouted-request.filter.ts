import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { type Request } from 'express';
import { UnknownResource } from './admin/administration.errors.js';
import { AdminExceptionFilter } from './admin/http/admin-exception.filter.js';
import { OAuthExceptionFilter } from './oauth/oauth-exception.filter.js';
import { UnknownEndpoint } from './oauth/oauth.errors.js';

/** What Nest and Express say, quoting the URL, when no route takes a request or its path cannot be decoded. */
const UNROUTED = /^(Cannot [A-Z-]+ |Failed to decode param )/;

/**
 * Answers a request that no route took: under `/oauth2` in the shape of an OAuth error, under `/admin` as problem
 * details. Never quotes its URL. What another application throws, with the service in it, is its own business.
 */
@Catch(HttpException)
export class UnroutedRequestFilter extends BaseExceptionFilter<HttpException> {
  private readonly oauth = new OAuthExceptionFilter();
  private readonly admin = new AdminExceptionFilter();

  override catch(exception: HttpException, host: ArgumentsHost): void {
    const { path } = host.switchToHttp().getRequest<Request>();
    if (/^\/oauth2(\/|$)/i.test(path)) this.oauth.catch(new UnknownEndpoint(), host);
    else if (/^\/admin(\/|$)/.test(path)) this.admin.catch(new UnknownResource(), host);
    // A path that cannot be decoded is one that there is not, too.
    else
      super.catch(UNROUTED.test(exception.message) ? new HttpException('Not found', 404) : exception, host);
  }
}
