import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { ClientSecretsBusy } from '../applications/client-secrets-busy.js';
import { isUnreachable } from '../database/database-errors.js';
import { describeError, isError } from '../logging/described-error.js';
import { TooManyRequests } from '../rate-limit/too-many-requests.js';
import { usesBasic } from './client-authenticator.js';
import { answer } from './oauth-answer.js';
import {
  InvalidClient,
  MethodNotAllowed,
  OAuthError,
  RequestBodyTooLarge,
  ReusedIdempotencyKey,
  ServerError,
  TemporarilyUnavailable,
  UnknownEndpoint,
} from './oauth.errors.js';

const CLIENT_SECRETS_RETRY_AFTER_S = 1;
const DATABASE_RETRY_AFTER_S = 5;

/** Turns whatever a handler threw into a documented error answer. @see RFC 6749 §5.2 */
@Catch()
export class OAuthExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('OAuth');

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const error = toOAuthError(exception);
    if (error instanceof ServerError) this.logger.error(error, error.stack);
    else if (error.cause !== undefined)
      this.logger.warn(`${error.error}: ${error.description} (${reason(error)})`);
    // The client has gone, or the answer has begun: nothing can be said any more.
    if (response.headersSent || response.destroyed) return;
    for (const [name, value] of Object.entries(headersOf(error, request))) response.setHeader(name, value);
    answer(response, statusOf(exception, error), {
      error: error.error,
      error_description: error.description,
      ...(error.errorUri ? { error_uri: error.errorUri } : {}),
    });
  }
}

/** The error that the caller is told of. */
export function toOAuthError(exception: unknown): OAuthError {
  if (exception instanceof OAuthError) return exception;
  if (exception instanceof TooManyRequests) {
    return new TemporarilyUnavailable('Too many requests', exception.retryAfter);
  }
  if (exception instanceof ClientSecretsBusy) {
    return new TemporarilyUnavailable('Service unavailable', CLIENT_SECRETS_RETRY_AFTER_S, exception);
  }
  if (isUnreachable(exception)) {
    return new TemporarilyUnavailable('Service unavailable', DATABASE_RETRY_AFTER_S, exception);
  }
  return new ServerError('Internal server error', exception);
}

/** Why, for the log and the audit: what the caller is not told, without any value that a database quotes. */
export function reason({ cause }: OAuthError): string {
  if (!isError(cause)) return String(cause);
  const { name, message } = describeError(cause);
  return `${name}: ${message}`;
}

function statusOf(exception: unknown, error: OAuthError): number {
  if (exception instanceof TooManyRequests) return 429;
  if (error instanceof InvalidClient) return 401;
  if (error instanceof UnknownEndpoint) return 404;
  if (error instanceof MethodNotAllowed) return 405;
  if (error instanceof RequestBodyTooLarge) return 413;
  if (error instanceof ReusedIdempotencyKey) return 422;
  if (error instanceof ServerError) return 500;
  if (error instanceof TemporarilyUnavailable) return 503;
  return 400;
}

function headersOf(error: OAuthError, { headers }: Request): Record<string, string> {
  // A client that tried HTTP Basic is told that scheme.
  if (error instanceof InvalidClient && usesBasic(headers.authorization))
    return { 'WWW-Authenticate': 'Basic realm="nest-ciam"' };
  if (error instanceof MethodNotAllowed) return { Allow: error.allow };
  if (error instanceof TemporarilyUnavailable) return { 'Retry-After': String(error.retryAfter) };
  return {};
}
