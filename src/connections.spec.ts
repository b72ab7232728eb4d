import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Connections } from './connections.js';

/** A connection, and what has come from it. */
class Client {
  received = '';
  readonly closed: Promise<unknown>;

  private constructor(readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('data', (bytes) => (this.received += bytes.toString()));
    socket.on('error', () => undefined);
  }

  static async of(server: Server): Promise<Client> {
    const accepted = once(server, 'connection');
    const client = new Client(connect((server.address() as AddressInfo).port, '127.0.0.1'));
    await accepted;
    return client;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) await once(this.socket, 'data');
  }
}

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

describe('Connections', () => {
  let server: Server;
  let connections: Connections;
  /** Answers the oldest request that waits. */
  let answers: (() => void)[];
  let arrived: (() => void) | undefined;

  async function serve(listener: RequestListener): Promise<void> {
    server = createServer(listener);
    connections = new Connections(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  beforeEach(async () => {
    answers = [];
    await serve((request, response) => {
      answers.push(() => response.end(`answer to ${request.method}`));
      arrived?.();
    });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function requestsArrived(count: number): Promise<void> {
    while (answers.length < count) await new Promise<void>((resolve) => (arrived = resolve));
  }

  it('closes at once what waits for nothing: a kept-alive and a never used connection, and half a head', async () => {
    const kept = await Client.of(server);
    kept.send(GET);
    await requestsArrived(1);
    answers[0]!();
    await kept.until('answer to GET');
    const unused = await Client.of(server);
    const half = await Client.of(server);
    half.send('GET / HTTP/1.1\r\nHo');
    await connections.drain();
    await Promise.all([kept.closed, unused.closed, half.closed]);
    expect([unused.received, half.received]).toEqual(['', '']);
  });

  it('waits for an answer in flight, says that the connection ends, and ends it', async () => {
    const client = await Client.of(server);
    client.send(GET);
    await requestsArrived(1);
    const drained = connections.drain();
    expect(connections.requestsInFlight).toBe(1);
    answers[0]!();
    await client.closed;
    await drained;
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n/);
    expect(client.received).toMatch(/answer to GET$/);
    expect(connections.requestsInFlight).toBe(0);
  });

  it('accepts no new connection meanwhile', async () => {
    const client = await Client.of(server);
    client.send(GET);
    await requestsArrived(1);
    const { port } = server.address() as AddressInfo;
    const drained = connections.drain();
    const late = connect(port, '127.0.0.1');
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    answers[0]!();
    await drained;
  });

  it('answers every request that a client has sent ahead', async () => {
    const client = await Client.of(server);
    client.send(GET + GET);
    await requestsArrived(2);
    const drained = connections.drain();
    answers.forEach((answer) => answer());
    await drained;
    expect(client.received.match(/answer to GET/g)).toHaveLength(2);
    expect(client.received.match(/Connection: close/g)).toHaveLength(1);
  });

  it('ends a connection whose answer had begun before', async () => {
    server.close();
    let finish: () => void = () => undefined;
    await serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('first');
      finish = () => response.end('-last');
    });
    const client = await Client.of(server);
    client.send(GET);
    await client.until('first');
    const drained = connections.drain();
    finish();
    await Promise.all([drained, client.closed]);
    expect(client.received).toMatch(/first-last$/);
  });

  it('does not wait for a client that has gone', async () => {
    const client = await Client.of(server);
    client.send(GET);
    await requestsArrived(1);
    const drained = connections.drain();
    client.socket.destroy();
    await expect(drained).resolves.toBeUndefined();
  });
});
