import { type Express } from 'express';
import { IncomingMessage, ServerResponse, type Server } from 'node:http';

/**
 * Makes the server create its requests and answers as what Express would turn them into.
 *
 * Express changes the prototypes of both with each request, and what V8 has to do for an object after that costs more
 * than all the rest of an answer. It leaves alone what has the right prototype from the beginning. The classes are
 * options of the server's creation, which Nest leaves out; Node keeps them under symbols of its own, and where it does
 * not, or where they are somebody's own already, everything stays as it was.
 */
export function createExpressObjects(server: Server, express: Express): void {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  const classes = new Map<unknown, typeof ExpressRequest | typeof ExpressResponse>([
    [IncomingMessage, ExpressRequest],
    [ServerResponse, ExpressResponse],
  ]);
  const kept = server as unknown as Record<symbol, unknown>;
  const symbols = Object.getOwnPropertySymbols(server).filter((symbol) => classes.has(kept[symbol]));
  if (symbols.length !== classes.size) return;
  Object.setPrototypeOf(ExpressRequest.prototype, express.request);
  Object.setPrototypeOf(ExpressResponse.prototype, express.response);
  express.request = ExpressRequest.prototype as typeof express.request;
  express.response = ExpressResponse.prototype as typeof express.response;
  for (const symbol of symbols) kept[symbol] = classes.get(kept[symbol]);
}
