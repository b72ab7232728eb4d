import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { SERVER_LIMITS, limitServer } from './server-limits.js';

const HEAD = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n';

describe('limitServer', () => {
  let server: Server;
  let asked: number;

  /** The limits as they are, but for these times. */
  async function serve(times: Partial<typeof SERVER_LIMITS>): Promise<void> {
    asked = 0;
    // As Nest makes it: without options.
    server = createServer((request, response) => {
      asked++;
      request.resume().once('end', () => response.end('answer'));
    });
    limitServer(server, { ...SERVER_LIMITS, ...times });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  /** All that came until the server closed the connection. */
  async function untilClosed(socket: Socket): Promise<string> {
    let received = '';
    socket.on('data', (bytes) => (received += bytes.toString()));
    socket.on('error', () => undefined);
    await once(socket, 'close');
    return received;
  }

  const soon = { headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 20 };
  const TIMED_OUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

  it.each([
    ['nothing', ''],
    ['half a line', 'POST / HT'],
    ['half its headers', HEAD],
  ])('ends a connection that sends %s, without asking the application', async (_, text) => {
    await serve(soon);
    const socket = await open();
    socket.write(text);
    expect(await untilClosed(socket)).toBe(TIMED_OUT);
    expect(asked).toBe(0);
  });

  it('ends a request whose headers trickle in for ever', async () => {
    await serve(soon);
    const socket = await open();
    socket.write(HEAD);
    const trickle = setInterval(() => socket.write('X-A: 1\r\n'), 10);
    await untilClosed(socket);
    clearInterval(trickle);
    expect(asked).toBe(0);
  });

  it('ends a request whose body trickles in', async () => {
    await serve({ ...soon, headersTimeout: 60 });
    const socket = await open();
    socket.write(`${HEAD}\r\n12345`);
    expect(await untilClosed(socket)).toBe(TIMED_OUT);
    expect(asked).toBe(1);
  });

  it('ends a peer that does not read its answer', async () => {
    await serve({ timeout: 100 });
    server.removeAllListeners('request');
    const length = 64 * 1024 * 1024;
    server.on('request', (_request, response) => response.end(Buffer.alloc(length)));
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = await open();
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    const [peer] = await accepted;
    await once(peer, 'close');
    let received = 0;
    socket.on('data', (bytes) => (received += bytes.length));
    socket.on('error', () => undefined);
    await once(socket.resume(), 'close');
    expect(received).toBeLessThan(length);
  });

  it('closes an idle connection', async () => {
    await serve({ keepAliveTimeout: 50 });
    const socket = await open();
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*answer\r\n0\r\n\r\n$|answer$/);
  });

  it('answers 431 to headers of more than 16 KiB', async () => {
    await serve({});
    const socket = await open();
    socket.write(`${HEAD}X-Long: ${'x'.repeat(16_384)}\r\n\r\n`);
    expect(await untilClosed(socket)).toBe(
      'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n',
    );
    expect(asked).toBe(0);
  });

  it('leaves out none of many headers', async () => {
    await serve({});
    server.removeAllListeners('request');
    server.on('request', (request, response) => response.end(String(request.headers['x-last'])));
    const request = httpRequest({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    for (let index = 0; index < 2500; index++) request.appendHeader('a', '');
    request.setHeader('X-Last', 'here');
    request.end();
    const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const bytes of response) text += bytes.toString();
    expect(text).toBe('here');
  });
});
