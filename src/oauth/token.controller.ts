import { All, Controller, HttpCode, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { isIP } from 'node:net';
import { type Request, type Response } from 'express';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import { answer } from './oauth-answer.js';
import { OAuthExceptionFilter } from './oauth-exception.filter.js';
import { OAuthBody, type OAuthParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';
import { TokenRequests } from './token-requests.js';

/** What an audit event keeps; only a zone index could make an address longer. */
const LONGEST_ADDRESS = 45;

/** @see RFC 6749 §3.2 */
@Controller('oauth2/token')
@UseGuards(RateLimitGuard)
@UseFilters(OAuthExceptionFilter)
export class TokenController {
  constructor(private readonly tokenRequests: TokenRequests) {}

  @Post()
  @HttpCode(200)
  async token(
    @OAuthBody() parameters: OAuthParameters,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { authorization, 'user-agent': userAgent } = request.headers;
    const requester = { address: addressOf(request), userAgent };
    answer(response, 200, await this.tokenRequests.answer({ parameters, authorization, ...requester }));
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }
}

/** The client's IP address; a trusted proxy may send anything as one. */
function addressOf({ ip }: Request): string | undefined {
  return ip !== undefined && isIP(ip) > 0 ? ip.slice(0, LONGEST_ADDRESS) : undefined;
}
