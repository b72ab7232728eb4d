import { Logger } from '@nestjs/common';
import { type NextFunction, type Request, type Response } from 'express';

const LONGEST = 256;

const logger = new Logger('Request');

/**
 * Logs one line per request when it is over: method, path, status, duration and client address.
 *
 * Query strings, headers and bodies hold secrets and are never logged. `aborted` marks an answer that the client
 * did not wait for.
 */
export function requestLog(request: Request, response: Response, next: NextFunction): void {
  const startedAt = performance.now();
  // Both are gone when the connection is, and routers rewrite the path on the way.
  const { method, path, ip } = request;
  response.once('close', () => {
    logger.log({
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
