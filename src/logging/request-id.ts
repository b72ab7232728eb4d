import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { type NextFunction, type Request, type Response } from 'express';

/** What a proxy or a caller may name a request: nothing that a log or a terminal could read as something else. */
const SANE = /^[\w.:+/=@-]{1,128}$/;

const handled = new AsyncLocalStorage<string>();

/**
 * Names the request: by its `X-Request-Id` when that is sane, else by a new UUID. The answer carries the name, and so
 * does every log line that is written while the request is handled.
 */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const { 'x-request-id': given } = request.headers;
  const id = typeof given === 'string' && SANE.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  handled.run(id, next);
}

/** The name of the request that is being handled here; `undefined` outside of any. */
export function currentRequestId(): string | undefined {
  return handled.getStore();
}
