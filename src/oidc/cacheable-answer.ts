import { createHash } from 'node:crypto';
import { type Request, type Response } from 'express';

/** How long a client may keep published metadata, in seconds. */
export const METADATA_MAX_AGE_S = 300;

/** Answers with JSON that anybody may keep for a while, or with 304 when they have it already. @see RFC 9110 §8.8.3 */
export function answerCacheable(request: Request, response: Response, body: object): void {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  response.set({
    'Content-Type': 'application/json',
    'Cache-Control': `public, max-age=${METADATA_MAX_AGE_S}`,
    ETag: etag,
  });
  if (request.fresh) response.status(304).end();
  else response.status(200).end(text);
}
