import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Express } from 'express';
import { HttpConfig } from './config/http.config.js';
import { patientWithDatabase } from './database/patience.js';
import { createExpressObjects } from './http-security/express-objects.js';
import { answerMalformedRequests } from './http-security/malformed-requests.js';
import { limitServer, refuseManyHeaders } from './http-security/server-limits.js';
import { securityHeaders } from './http-security/security-headers.js';
import { requestId } from './logging/request-id.js';
import { requestLog } from './logging/request-log.js';
import { HttpRequestMetrics } from './metrics/http-request-metrics.js';

/**
 * What every application of this service has, in production and in tests; called before it is initialised.
 *
 * The application is created with `bodyParser: false`: an endpoint reads its own body, after the rate limit.
 */
export function configureApp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  // Token answers are not cacheable; an endpoint whose answers are sets its own ETag.
  app.disable('etag');
  const { trustProxy, issuer } = app.get(HttpConfig);
  app.set('trust proxy', trustProxy);
  // A path is what it is: no other case, no slash at its end. Nest has made the router already, so settings are too late.
  const express: Express = app.getHttpAdapter().getInstance();
  Object.assign(express.router, { caseSensitive: true, strict: true });
  createExpressObjects(app.getHttpServer(), express);
  app.use(patientWithDatabase);
  app.use(requestId);
  app.use(requestLog);
  app.use(app.get(HttpRequestMetrics).observe);
  app.use(securityHeaders(issuer));
  app.use(refuseManyHeaders);
  limitServer(app.getHttpServer());
  answerMalformedRequests(app.getHttpServer());
}
