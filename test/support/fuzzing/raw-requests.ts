import fc from 'fast-check';
import { MARK, parameters } from './values.js';

const REQUEST_LINES = [
  'POST /oauth2/token HTTP/1.1',
  'POST /oauth2/token HTTP/1.0',
  'POST /oauth2/token HTTP/2.0',
  'POST /oauth2/token',
  'POST  /oauth2/token HTTP/1.1',
  'post /oauth2/token HTTP/1.1',
  `${MARK} /oauth2/token HTTP/1.1`,
  'POST http://127.0.0.1/oauth2/token HTTP/1.1',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT example.com:443 HTTP/1.1',
  'GET //oauth2/token HTTP/1.1',
  'GET /%00 HTTP/1.1',
  `GET /${MARK}%ff HTTP/1.1`,
  'PRI * HTTP/2.0',
  'POST /userinfo HTTP/1.1',
  'POST /admin/v1/applications HTTP/1.1',
];

const HEADER_LINES = [
  'Host: 127.0.0.1',
  'Host: 127.0.0.1',
  `Host: ${MARK}`,
  'Content-Type: application/json',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Length: 0',
  'Content-Length: 10',
  'Content-Length: 100000000',
  'Content-Length: -1',
  'Content-Length: 1, 1',
  'Content-Length: 0x10',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: x',
  'Expect: 100-continue',
  `Expect: ${MARK}`,
  'Connection: close',
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Trailer: X',
  ` folded ${MARK}`,
  `X-A\0B: ${MARK}`,
  ': no name',
  'no colon',
  `X-Long: ${MARK.repeat(3000)}`,
  'Authorization: Basic \xff\xfe',
];

const bodies = fc.oneof(
  fc.constantFrom(
    '',
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    'ffffffff\r\nx',
    'zz\r\n',
    '5\r\nhel',
    '-1\r\n\r\n',
    '5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n',
  ),
  parameters.map((members) => JSON.stringify(Object.fromEntries(members))),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constant('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'),
);

const structured = fc
  .tuple(fc.constantFrom(...REQUEST_LINES), fc.subarray(HEADER_LINES, { maxLength: 6 }), bodies)
  .map(([line, headers, body]) => Buffer.from([line, ...headers, '', body].join('\r\n'), 'latin1'));

/** Cut off, or with some of its bytes replaced. */
const damaged = fc
  .tuple(
    structured,
    fc.nat(),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
  )
  .map(([bytes, end, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return end % 3 === 0 ? copy.subarray(0, end % copy.length) : copy;
  });

/** What arrives on a connection before the client says that it has nothing more to say. */
export const rawRequests: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: structured },
  { weight: 2, arbitrary: damaged },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);
