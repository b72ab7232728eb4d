import { request as httpRequest } from 'node:http';
import { RawConnection } from './support/service-process.js';
import { SECURITY_HEADERS } from './support/security-headers.js';
import { seen, startService, type RunningService } from './support/service.js';

describe('HTTP', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  const RIGHTS = 'content-security-policy';

  it.each([
    ['GET', '/', 404],
    ['GET', '/%zz', 404],
    ['GET', '/health/live', 200],
    ['GET', '/oauth2/jwks', 200],
    ['GET', '/.well-known/openid-configuration', 200],
    ['POST', '/oauth2/token', 400],
    ['GET', '/oauth2/token', 405],
    ['POST', '/oauth2/revoke', 400],
    ['POST', '/oauth2/introspect', 400],
    ['GET', '/userinfo', 400],
    ['GET', '/openapi.json', 200],
    ['GET', '/admin/v1/users', 404],
  ])('%s %s lets a browser do nothing with the answer', async (method, path, status) => {
    const response = await fetch(service.url + path, { method });
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(SECURITY_HEADERS);
    expect(response.headers.has('x-powered-by')).toBe(false);
  });

  it.each(['/docs', '/docs/swagger-ui-bundle.js', '/docs/initializer.js', '/docs/swagger-ui.css'])(
    '%s may be used by its own page alone',
    async (path) => {
      const response = await fetch(service.url + path);
      await response.arrayBuffer();
      const { [RIGHTS]: rights, ...others } = SECURITY_HEADERS;
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject(others);
      if (path === '/docs')
        expect(response.headers.get(RIGHTS)).toMatch(/^default-src 'none'; script-src 'self'; /);
      else expect(response.headers.get(RIGHTS)).toBe(rights);
    },
  );

  it('says nothing of TLS when the issuer has none', async () => {
    const plain = await startService({ ISSUER: 'http://127.0.0.1:3000' });
    const { headers } = await fetch(`${plain.url}/health/live`);
    await plain.close();
    const { 'strict-transport-security': hsts, ...others } = SECURITY_HEADERS;
    expect(hsts).toBe('max-age=31536000');
    expect(Object.fromEntries(headers)).toMatchObject(others);
    expect(headers.has('strict-transport-security')).toBe(false);
  });

  it.each([
    ['no HTTP', 'MARKED\r\n\r\n', 400],
    ['another protocol', 'GET /MARKED SIP/2.0\r\n\r\n', 400],
    ['a header without name', 'GET / HTTP/1.1\r\n: MARKED\r\n\r\n', 400],
    ['a bare line feed in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: MARKED\nY\r\n\r\n', 400],
    [
      'two lengths',
      'POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nMARKED',
      400,
    ],
    [
      'a length and chunks',
      'POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nMARKED',
      400,
    ],
    [
      'headers of more than 16 KiB',
      `GET / HTTP/1.1\r\nHost: a\r\nX: MARKED${'x'.repeat(16_384)}\r\n\r\n`,
      431,
    ],
    ['no host', 'GET /MARKED HTTP/1.1\r\n\r\n', 400],
  ])('refuses %s without a word of it', async (_, text, status) => {
    const connection = await RawConnection.to(new URL(service.url));
    connection.send(text);
    await connection.closed;
    const [head, body] = connection.received.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toMatch(/\r\nConnection: close/);
    // In chunks, the last of them.
    expect(body).toMatch(/^0?$/);
    expect(connection.received).not.toMatch(/MARKED|Error|at .*\.js/);
  });

  it('refuses more than 100 headers, whatever is in them', async () => {
    const withHeaders = (count: number) =>
      new Promise<(number | undefined)[]>((resolve, reject) => {
        const request = httpRequest(`${service.url}/health/live`, { agent: false }, (response) => {
          response.resume().on('end', () => resolve([response.statusCode]));
        });
        // Host and Connection are two.
        for (let index = 2; index < count; index++) request.setHeader(`X-${index}`, 'x');
        request.on('error', reject).end();
      });
    expect(await withHeaders(100)).toEqual([200]);
    expect(await withHeaders(101)).toEqual([431]);
  });

  it('goes on serving after all that', async () => {
    const answer = await fetch(`${service.url}/health/live`);
    expect(await seen(answer)).toEqual({ status: 200, body: { status: 'ok' } });
  });
});
