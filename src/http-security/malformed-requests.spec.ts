import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerMalformedRequests } from './malformed-requests.js';

const refusal = (status: string) =>
  `HTTP/1.1 ${status}\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

describe('a request that is not HTTP', () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(200, { 'X-Path': request.url }).flushHeaders();
      if (request.url !== '/slow') response.end();
    });
    answerMalformedRequests(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function sent(...parts: string[]): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const received = text(socket);
    const [last, ...first] = parts.reverse();
    for (const part of first.reverse()) {
      socket.write(part);
      await once(socket, 'readable');
    }
    socket.write(last!);
    return received;
  }

  it.each([
    ['400 Bad Request', 'not HTTP at all\r\n\r\n'],
    ['400 Bad Request', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    [
      '400 Bad Request',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    [
      '431 Request Header Fields Too Large',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    ],
  ])('is answered with %s and nosniff', async (status, bytes) => {
    expect(await sent(bytes)).toBe(refusal(status));
  });

  it('is not answered in the middle of another answer', async () => {
    const received = await sent('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n', 'not HTTP at all\r\n\r\n');
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  it('is not one that expects what nobody knows', async () => {
    const received = await sent(
      'GET /asked HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Path: \/asked\r\n/);
  });
});
