import { type Response } from 'express';

/**
 * Writes an answer of an OAuth endpoint as CIAM does, to the letter of its `Content-Type`.
 *
 * @see RFC 6749 §5.1
 */
export function answer(response: Response, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response
    .writeHead(status, {
      'Content-Type': 'application/json;charset=UTF-8',
      'Content-Length': bytes.length,
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
    })
    .end(bytes);
}

/** Writes an answer that says all by its status. @see RFC 7009 §2.2 */
export function answerEmpty(response: Response, status: number): void {
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-store', Pragma: 'no-cache' }).end();
}
