import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { AdminConfig } from '../../config/admin.config.js';
import { UnknownResource } from '../administration.errors.js';
import { NotAuthenticated } from './not-authenticated.js';

/**
 * Lets in whoever has `ADMIN_TOKEN`. Guards run before an endpoint reads its body.
 *
 * @throws UnknownResource when there is no admin API
 * @throws NotAuthenticated
 * @see RFC 6750 §2.1
 */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  constructor(private readonly config: AdminConfig) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.config.token === undefined) throw new UnknownResource();
    const { authorization } = context.switchToHttp().getRequest<Request>().headers;
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) throw new NotAuthenticated('none');
    if (!isSame(token, this.config.token)) throw new NotAuthenticated('wrong');
    return true;
  }
}

/** In constant time, whatever their lengths. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
