import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';

/** By the code of the error; everything else is a bad request. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Node's own: the answer that is being written on the connection. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * Answers what never reaches the application because it is not HTTP, with the header that all answers have.
 *
 * @see RFC 9110 §10.1.1 for expectations, which need not be met
 */
export function answerMalformedRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: HttpSocket) => {
    // In the middle of another answer, nothing can be said.
    if (socket.writable && !socket._httpMessage?.headersSent) socket.write(refusal(error));
    socket.destroy();
  });
  // Node would answer 417 itself.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function refusal({ code = '' }: NodeJS.ErrnoException): string {
  const status = STATUSES[code] ?? 400;
  const headers = ['X-Content-Type-Options: nosniff', 'Content-Length: 0', 'Connection: close'];
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', ''].join('\r\n');
}
