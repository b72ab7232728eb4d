import {
  Catch,
  Logger,
  MethodNotAllowedException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { type Response } from 'express';
import { isUnreachable } from '../database/database-errors.js';
import { TooManyRequests } from '../rate-limit/too-many-requests.js';
import { BearerError, UserNotFound } from './bearer.errors.js';

const ERROR_URI = 'https://tools.ietf.org/html/rfc6750#section-3.1';
const DATABASE_RETRY_AFTER_S = 5;

const STATUS: Readonly<Record<string, number>> = {
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
};

interface Failure {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

/** Answers what went wrong at an endpoint that an access token opens. @see RFC 6750 §3 */
@Catch()
export class UserinfoExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Userinfo');

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const { status, headers, body } = failureOf(exception);
    if (status === 500) this.logger.error(exception);
    else if (status === 503) this.logger.warn(exception);
    if (response.headersSent || response.destroyed) return;
    response.status(status).set({ 'Cache-Control': 'no-store', ...headers });
    if (body) response.json(body);
    else response.end();
  }
}

function failureOf(exception: unknown): Failure {
  if (exception instanceof BearerError) {
    const { error, description } = exception;
    const challenge = `Bearer error="${error}", error_description="${description}", error_uri="${ERROR_URI}"`;
    return { status: STATUS[error]!, headers: { 'WWW-Authenticate': challenge } };
  }
  if (exception instanceof UserNotFound) return { status: 404, body: { error: 'user_not_found' } };
  if (exception instanceof MethodNotAllowedException) {
    return {
      status: 405,
      headers: { Allow: 'GET, POST' },
      body: described('invalid_request', 'Method not allowed'),
    };
  }
  if (exception instanceof TooManyRequests) {
    return unavailable(429, 'Too many requests', exception.retryAfter);
  }
  if (isUnreachable(exception)) return unavailable(503, 'Service unavailable', DATABASE_RETRY_AFTER_S);
  return { status: 500, body: described('server_error', 'Internal server error') };
}

function unavailable(status: number, description: string, retryAfter: number): Failure {
  const headers = { 'Retry-After': String(retryAfter) };
  return { status, headers, body: described('temporarily_unavailable', description) };
}

function described(error: string, description: string): object {
  return { error, error_description: description };
}
