import express, { type Express } from 'express';
import { once } from 'node:events';
import { IncomingMessage, createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createExpressObjects } from './express-objects.js';

const prototypeOf = (object: object): unknown => Object.getPrototypeOf(object);

describe('createExpressObjects', () => {
  let app: Express;
  let server: Server;

  beforeEach(() => {
    app = express();
    app.get('/', (request, response) => response.status(201).json({ query: request.query, ip: request.ip }));
    server = createServer(app);
  });
  afterEach(() => server.close());

  /** What is created for a request, before Express has seen it, and what is after. */
  async function prototypes(): Promise<[unknown[], unknown[], string]> {
    let before: unknown[] = [];
    let after: unknown[] = [];
    server.prependListener('request', (...created) => (before = created.map(prototypeOf)));
    server.on('request', (...created) => (after = created.map(prototypeOf)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/?a=1`);
    return [before, after, `${answer.status} ${await answer.text()}`];
  }

  const ANSWER = '201 {"query":{"a":"1"},"ip":"127.0.0.1"}';

  it('spares each request a change of its prototype', async () => {
    createExpressObjects(server, app);
    const [before, after, answer] = await prototypes();
    expect(before).toEqual([app.request, app.response]);
    before.forEach((prototype, index) => expect(after[index]).toBe(prototype));
    expect(answer).toBe(ANSWER);
  });

  it('leaves to an application what it adds to requests and answers of its own', () => {
    const { request, response } = app;
    createExpressObjects(server, app);
    expect(Object.prototype.isPrototypeOf.call(request, app.request)).toBe(true);
    expect(Object.prototype.isPrototypeOf.call(response, app.response)).toBe(true);
  });

  it('changes nothing of a server that has a class of its own', async () => {
    class Own extends IncomingMessage {}
    server = createServer({ IncomingMessage: Own }, app);
    createExpressObjects(server, app);
    const [before, , answer] = await prototypes();
    expect(before[0]).toBe(Own.prototype);
    expect(answer).toBe(ANSWER);
  });
});
