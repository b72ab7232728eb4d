import { Injectable } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { ApplicationsService } from '../applications/applications.service.js';

/** Two hours; browsers keep a preflight no longer. */
const PREFLIGHT_MAX_AGE_S = 7200;

const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key';
const EXPOSED_HEADERS = 'X-Request-Id, Retry-After, WWW-Authenticate';

/**
 * Lets pages of other origins read answers: those of `cors_origins`. Cookies are none of ours, so none are allowed.
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
@Injectable()
export class CrossOriginAccess {
  constructor(private readonly applications: ApplicationsService) {}

  /**
   * Answers a browser that asks what it may send. It does not say for which application: some enabled one has to list
   * its origin.
   *
   * @param methods what the endpoint takes
   * @returns whether the request was such a question of a listed origin; nothing is answered otherwise
   */
  async answerPreflight({ headers }: Request, response: Response, methods: string): Promise<boolean> {
    response.vary('Origin');
    const { origin, 'access-control-request-method': method } = headers;
    if (origin === undefined || method === undefined) return false;
    if (!(await this.applications.isOriginListed(origin).catch(() => false))) return false;
    response
      .set({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Methods': methods,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_S),
        'Cache-Control': 'no-store',
      })
      .status(204)
      .end();
    return true;
  }

  /**
   * Lets the page read the answer, an error too, if the application lists its origin.
   *
   * This proves nothing about whoever sends the request, and need not: it is the page that is kept out.
   *
   * @param clientId of the request, as it says; not yet checked
   */
  async admit({ headers: { origin } }: Request, response: Response, clientId: unknown): Promise<void> {
    response.vary('Origin');
    if (origin === undefined || typeof clientId !== 'string') return;
    // Without settings, nobody is let in; what is wrong is the endpoint's to say.
    if (!(await this.applications.listsOrigin(clientId, origin).catch(() => false))) return;
    response.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': EXPOSED_HEADERS,
    });
  }
}
