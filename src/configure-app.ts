import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { HttpConfig } from './config/http.config.js';
import { requestLog } from './logging/request-log.js';
import { answerMalformedRequests } from './malformed-requests.js';

/**
 * What every application of this service has, in production and in tests; called before it is initialised.
 *
 * The application is created with `bodyParser: false`: an endpoint reads its own body, after the rate limit.
 */
export function configureApp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  // Token answers are not cacheable; an endpoint whose answers are sets its own ETag.
  app.disable('etag');
  app.set('trust proxy', app.get(HttpConfig).trustProxy);
  // A path is what it is: no other case, no slash at its end. Nest has made the router already, so settings are too late.
  const { router } = app.getHttpAdapter().getInstance() as { router: object };
  Object.assign(router, { caseSensitive: true, strict: true });
  answerMalformedRequests(app.getHttpServer());
  app.use(requestLog);
  app.use((_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  });
}
