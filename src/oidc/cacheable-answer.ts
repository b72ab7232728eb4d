import { createHash } from 'node:crypto';
import { type Request, type Response } from 'express';

/** Pages of every origin may read it. */
export const ANYBODY = { 'Access-Control-Allow-Origin': '*' };

/**
 * Answers with JSON that anybody may read, pages of any origin too, and keep for a while; or with 304 when they have
 * it already.
 *
 * @param maxAge how long, in seconds
 * @see RFC 9110 §13.1.2
 */
export function answerCacheable(request: Request, response: Response, body: object, maxAge: number): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'Cache-Control': `public, max-age=${maxAge}`,
    ETag: etag,
    ...ANYBODY,
  };
  if (isHeld(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response
    .writeHead(200, { ...headers, 'Content-Type': 'application/json', 'Content-Length': bytes.length })
    .end(bytes);
}

function isHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  const held = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return held.includes(etag) || held.includes('*');
}
