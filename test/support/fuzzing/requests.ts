import fc from 'fast-check';
import { CLIENT_ID } from '../../../src/testing/factories.js';
import { RESOURCE_SERVER } from '../sessions.js';
import { bodies, type Body } from './bodies.js';
import { ACCESS_TOKEN, MARK } from './values.js';

/** A request that HTTP allows. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Body | undefined;
}

const TOKEN_ENDPOINTS = ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect'];

const PATHS = [
  ...TOKEN_ENDPOINTS,
  '/oauth2/jwks',
  '/userinfo',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/docs',
  '/docs/swagger-ui.css',
  '/openapi.json',
  '/admin/v1/applications',
  '/admin/v1/users/x',
  '/admin/v1/signing-keys/rotate',
  '/admin',
  '/oauth2',
  '/',
];

const ENDINGS = [
  '/',
  '//',
  '/..',
  '/../',
  '/%',
  '%',
  '/%E0',
  '/%zz',
  '/%00',
  '/%2e%2e/',
  '%2f',
  '%0d%0aX-Injected:1',
  ';x=1',
  '?',
  '?%',
  `?access_token=${MARK}`,
  '?__proto__[x]=1&a[]=b&a[c]=d',
  `/${MARK}`,
  `/${MARK}%FF`,
  '/__proto__',
  '/constructor',
  '#x',
];

const pathText = fc
  .string({ unit: fc.constantFrom(...'/%.aZ0~!$&()*+,;=:@?#[]{}|^`"<>\\-_'.split('')), maxLength: 30 })
  .map((end) => `/${end}`);

const path = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PATHS) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...PATHS), fc.constantFrom(...ENDINGS))
      .map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('', '/oauth2', '/admin', '/docs', '/health'), pathText)
      .map((parts) => parts.join('')),
  },
);

const method = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET', 'POST') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HEAD',
      'OPTIONS',
      'PUT',
      'PATCH',
      'DELETE',
      'TRACE',
      'PROPFIND',
      'SEARCH',
      'LINK',
    ),
  },
);

/** What a header may have: tabs, spaces and everything that is not a control character. */
const headerText = fc
  .string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  })
  .map((value) => value.trim());

const marked = fc.oneof(
  headerText,
  headerText.map((value) => `${MARK}${value}`),
);

const base64 = (value: string) => Buffer.from(value).toString('base64');

const authorization = fc.oneof(
  fc.constantFrom(
    `Bearer ${ACCESS_TOKEN}`,
    'Bearer',
    'Bearer a b',
    `Bearer ${MARK}`,
    'Basic',
    'Basic =',
    `Basic ${base64(':')}`,
    `Basic ${base64(`${CLIENT_ID}:`)}`,
    `Basic ${base64(`${RESOURCE_SERVER.client_id}:${RESOURCE_SERVER.client_secret}`)}`,
    `Basic ${base64('%zz:%')}`,
    'Digest username="x"',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }).map((value) => `Basic ${base64(`${MARK}${value}`)}`),
  marked,
);

const HEADERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  authorization,
  'idempotency-key': fc.oneof(marked, fc.constantFrom('', '"', '""', '"key"', 'x'.repeat(2000), ',,')),
  'x-request-id': fc.oneof(marked, fc.constantFrom('', 'x'.repeat(2000), '%0d%0a')),
  origin: fc.oneof(marked, fc.constantFrom('null', `https://${MARK}.example`, '*')),
  'access-control-request-method': fc.constantFrom('POST', 'X'),
  traceparent: fc.oneof(
    marked,
    fc.constantFrom('00-0-0-0', `00-${'f'.repeat(32)}-${'0'.repeat(16)}-01`, '00--'),
  ),
  tracestate: marked,
  'x-forwarded-for': fc.oneof(marked, fc.constantFrom('1.2.3.4', ',,', '::1', '999.1.1.1')),
  'user-agent': fc.oneof(marked, fc.constant('u'.repeat(3000))),
  accept: fc.oneof(marked, fc.constantFrom('*/*', 'application/xml', ';q=')),
  'accept-encoding': fc.constantFrom('gzip', 'identity;q=0', ';', '*;q=0'),
  'content-encoding': fc.oneof(fc.constantFrom('gzip', 'br', 'deflate', 'identity', ''), marked),
  'if-none-match': fc.oneof(marked, fc.constantFrom('*', '""', 'W/"', ',')),
  'if-match': fc.oneof(marked, fc.constantFrom('*', '"x"')),
  'if-modified-since': fc.oneof(marked, fc.constant('Thu, 01 Jan 2099 00:00:00 GMT')),
  'if-unmodified-since': fc.constantFrom('Thu, 01 Jan 1970 00:00:00 GMT', 'x'),
  range: fc.oneof(
    marked,
    fc.constantFrom('bytes=0-0', 'bytes=99999999-', 'bytes=-', 'bytes=5-1', 'bytes=0-0,2-2'),
  ),
  cookie: marked,
  'x-http-method-override': fc.constantFrom('DELETE', MARK),
};

const headers = fc
  .subarray(Object.keys(HEADERS), { maxLength: 5 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, HEADERS[name]!]))));

const anyRequest = fc.record({ method, path, headers, body: fc.option(bodies, { nil: undefined }) });

/** As clients send them, but for what they say. */
const tokenRequest = fc.record({
  method: fc.constant('POST'),
  path: fc.constantFrom(...TOKEN_ENDPOINTS),
  headers,
  body: bodies,
});

export const requests: fc.Arbitrary<FuzzedRequest> = fc.oneof(anyRequest, tokenRequest);
