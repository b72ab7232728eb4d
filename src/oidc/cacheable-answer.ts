import { createHash } from 'node:crypto';
import { type Request, type Response } from 'express';

/** Pages of every origin may read it. */
export const ANYBODY = { 'Access-Control-Allow-Origin': '*' };

/** JSON as it is sent. */
interface Representation {
  readonly json: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

/** The same answer for everybody, which changes seldom. */
export class CacheableAnswer {
  private latest?: Representation;

  /**
   * Answers with JSON that anybody may read, pages of any origin too, and keep for a while; or with 304 when they have
   * it already.
   *
   * @param maxAge how long, in seconds
   * @see RFC 9110 §13.1.2
   */
  send(request: Request, response: Response, body: object, maxAge: number): void {
    const { bytes, etag } = this.representationOf(JSON.stringify(body));
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

  /** Made anew only when it is another text than the last one. */
  private representationOf(json: string): Representation {
    if (this.latest?.json !== json) {
      const bytes = Buffer.from(json);
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      this.latest = { json, bytes, etag };
    }
    return this.latest;
  }
}

function isHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const held = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return held.includes(etag) || held.includes('*');
}
