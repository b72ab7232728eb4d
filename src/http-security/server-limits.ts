import { type Server } from 'node:http';
import { type NextFunction, type Request, type Response } from 'express';

/** What a peer may take of the server's time and memory before the service itself has a say. Times in milliseconds. */
export const SERVER_LIMITS = {
  /** Bytes of all headers of a request; more are 431. */
  maxHeaderSize: 16_384,
  /** Node would leave further headers out without a word, one of a trusted proxy perhaps: they are refused instead. */
  maxHeadersCount: 0,
  /** From the beginning of a request, or of the connection, to the end of its headers: then it is 408. */
  headersTimeout: 10_000,
  /** To the end of its body: then it is 408. */
  requestTimeout: 20_000,
  /** How often those two are looked at. */
  connectionsCheckingInterval: 1000,
  /** Longer than proxies keep an idle connection, so that none is closed under a request that is on its way. */
  keepAliveTimeout: 65_000,
  /** A peer that neither sends nor reads. No answer takes so long. */
  timeout: 75_000,
};

/** No client has so many; proxies add a few. */
const MOST_HEADERS = 100;

/** Before the server listens: these are options of its creation, which Nest leaves out. */
export function limitServer(server: Server, limits: typeof SERVER_LIMITS = SERVER_LIMITS): void {
  Object.assign(server, limits);
}

/** @see RFC 6585 §5 */
export function refuseManyHeaders(request: Request, response: Response, next: NextFunction): void {
  // A name and a value each.
  if (request.rawHeaders.length <= 2 * MOST_HEADERS) return next();
  response.writeHead(431, { Connection: 'close', 'Content-Length': 0, 'Cache-Control': 'no-store' }).end();
}
