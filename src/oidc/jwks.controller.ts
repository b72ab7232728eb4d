import { Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { JWKS_MAX_AGE_S } from '../tokens/signing-key-rotation.js';
import { SigningKeysService } from '../tokens/signing-keys.service.js';
import { ANYBODY, CacheableAnswer } from './cacheable-answer.js';

/** @see RFC 7517 §5 */
@Controller('oauth2/jwks')
export class JwksController {
  private readonly answer = new CacheableAnswer();

  constructor(private readonly keys: SigningKeysService) {}

  @Get()
  jwks(@Req() request: Request, @Res() response: Response): void {
    const keys = this.keys.published();
    // What may be out of date is better than nothing, but not to be kept.
    const maxAge = this.keys.isFresh() ? JWKS_MAX_AGE_S : 0;
    if (keys.length > 0) this.answer.send(request, response, { keys }, maxAge);
    // Nobody is to keep an empty set.
    else response.writeHead(503, { ...ANYBODY, 'Retry-After': '5', 'Cache-Control': 'no-store' }).end();
  }
}
