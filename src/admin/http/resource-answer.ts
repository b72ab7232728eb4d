import { type Response } from 'express';
import { ADMIN_PATH } from './admin-controller.js';

/** Answers a resource with its validator, not to be stored. */
export function answerResource(response: Response, status: 200 | 201, answer: object, etag: string): void {
  response.status(status).set({ 'Cache-Control': 'no-store', ETag: etag }).json(answer);
}

/** Says where a resource that was created is. @see RFC 9110 §10.2.2 */
export function locate(response: Response, collection: string, id: string): void {
  response.setHeader('Location', `${ADMIN_PATH}/${collection}/${encodeURIComponent(id)}`);
}
