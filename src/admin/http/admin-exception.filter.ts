import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { isUnreachable } from '../../database/database-errors.js';
import { SettingsRefused } from '../../database/settings.js';
import { ChangedMeanwhile, ResourceConflict, UnknownResource } from '../administration.errors.js';
import { NotAuthenticated } from './not-authenticated.js';
import { UnreadableBody } from './unreadable-body.js';

const DATABASE_RETRY_AFTER_S = 5;

interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Each wrong field or parameter by its path. */
  readonly errors?: readonly { readonly path: string; readonly detail: string }[];
}

/** Turns whatever the admin API threw into problem details. @see RFC 9457 §3 */
@Catch()
export class AdminExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Admin');

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { status, detail, headers, errors } = problemOf(exception);
    if (status === 500) this.logger.error(exception);
    else if (status === 503) this.logger.warn(exception);
    if (response.headersSent || response.destroyed) return;
    const title = STATUS_CODES[status]!;
    const body = { type: 'about:blank', title, status, detail, ...(errors ? { errors } : {}) };
    response
      .status(status)
      .set({ 'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json', ...headers })
      .end(JSON.stringify(body));
  }
}

function problemOf(exception: unknown): Problem {
  if (exception instanceof SettingsRefused) {
    const errors = exception.problems.map(({ property, message }) => ({ path: property, detail: message }));
    return { status: 400, detail: 'The request is not valid', errors };
  }
  if (exception instanceof UnreadableBody) {
    const status = { malformed: 400, 'too large': 413, 'wrong type': 415 }[exception.fault];
    return { status, detail: exception.message };
  }
  if (exception instanceof NotAuthenticated) {
    const challenge = exception.token === 'none' ? 'Bearer' : 'Bearer error="invalid_token"';
    return { status: 401, detail: exception.message, headers: { 'WWW-Authenticate': challenge } };
  }
  if (exception instanceof UnknownResource) return { status: 404, detail: exception.message };
  if (exception instanceof ResourceConflict) return { status: 409, detail: exception.message };
  if (exception instanceof ChangedMeanwhile) return { status: 412, detail: exception.message };
  if (isUnreachable(exception)) {
    const headers = { 'Retry-After': String(DATABASE_RETRY_AFTER_S) };
    return { status: 503, detail: 'Service unavailable', headers };
  }
  if (exception instanceof HttpException && exception.getStatus() === 404) {
    return { status: 404, detail: 'Not found' };
  }
  return { status: 500, detail: 'Internal server error' };
}
