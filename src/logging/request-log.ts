import { Logger } from '@nestjs/common';
import { type NextFunction, type Request, type Response } from 'express';
import { currentRequestId } from './request-id.js';

const LONGEST = 256;

const logger = new Logger('Request');

/**
 * Logs one line per request when it is over: id, method, path, status, duration and client address.
 *
 * Query strings, headers and bodies hold secrets and are never logged. `aborted` marks an answer that the client
 * did not wait for.
 */
export function requestLog(request: Request, response: Response, next: NextFunction): void {
  const startedAt = performance.now();
  // Both are gone when the connection is, and routers rewrite the path on the way.
  const { method, path, ip } = request;
  // A connection that closes is not a part of the request.
  const id = currentRequestId();
  response.once('close', () => {
    logger.log({
      request_id: id,
      method,
      path: path.slice(0, LONGEST),
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      address: ip?.slice(0, LONGEST),
      ...(!response.writableFinished && { aborted: true }),
    });
  });
  next();
}
