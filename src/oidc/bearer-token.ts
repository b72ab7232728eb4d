import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import readBytes from 'raw-body';
import { InvalidBearerRequest, InvalidToken } from './bearer.errors.js';

const LONGEST_BODY = 64 * 1024;

/**
 * The access token of a request: in the `Authorization` header, or in the form of a POST. A URL is no place for one.
 *
 * @throws InvalidBearerRequest when there is none, or there are two
 * @throws InvalidToken when what the header holds cannot be one
 * @see RFC 6750 §2
 */
export const BearerToken = createParamDecorator(async (_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<Request>();
  const tokens = [...inHeader(request.headers.authorization), ...(await inForm(request))];
  if (tokens.length > 1) throw new InvalidBearerRequest('Found multiple bearer tokens in the request');
  if (tokens[0] === undefined) throw new InvalidBearerRequest('Bearer token not found in the request');
  return tokens[0];
});

/** Whom a token names as its audience; nothing of it is checked, so an expired one names somebody too. */
export function claimedAudience(accessToken: string): unknown {
  try {
    const claims = JSON.parse(
      Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString(),
    ) as unknown;
    return (claims as { aud?: unknown } | null)?.aud;
  } catch {
    return undefined;
  }
}

function inHeader(authorization = ''): string[] {
  if (!/^bearer(\s|$)/i.test(authorization)) return [];
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw new InvalidToken();
  return [token];
}

async function inForm(request: Request): Promise<string[]> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (request.method !== 'POST' || !/^application\/x-www-form-urlencoded *(;|$)/i.test(type)) return [];
  const malformed = new InvalidBearerRequest('Malformed request body');
  if (encoding.toLowerCase() !== 'identity' || !isUtf8(type)) throw malformed;
  const length = request.headers['content-length'];
  const text = await readBytes(request, { limit: LONGEST_BODY, length, encoding: 'utf-8' }).catch(() => {
    throw malformed;
  });
  return new URLSearchParams(text).getAll('access_token').filter(Boolean);
}

function isUtf8(contentType: string): boolean {
  const [, charset = 'utf-8'] = /; *charset="?([^;"]*)/i.exec(contentType) ?? [];
  return /^utf-?8$/i.test(charset);
}
