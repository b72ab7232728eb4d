import { SECURITY_HEADERS } from './support/security-headers.js';
import { RawConnection } from './support/service-process.js';
import { seen, startService, type RunningService } from './support/service.js';

describe('the rate limit', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ RATE_LIMIT_PER_MINUTE: '2', TRUST_PROXY: 'loopback' });
  });
  afterAll(() => service.close());

  const from = (address: string) => service.token({}, { 'X-Forwarded-For': address });

  it('refuses the request that is one too many, and says when to come back', async () => {
    expect((await from('192.0.2.1')).status).toBe(400);
    expect((await from('192.0.2.1')).status).toBe(400);
    const refused = await from('192.0.2.1');
    expect(Object.fromEntries(refused.headers)).toEqual({
      'content-type': 'application/json;charset=UTF-8',
      'content-length': expect.any(String),
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'retry-after': expect.stringMatching(/^([1-9]|[1-5]\d|60)$/),
      ...SECURITY_HEADERS,
      'x-request-id': expect.any(String),
      date: expect.any(String),
      connection: expect.any(String),
      'keep-alive': expect.any(String),
    });
    expect(await seen(refused)).toEqual({
      status: 429,
      body: { error: 'temporarily_unavailable', error_description: 'Too many requests' },
    });
    expect((await from('192.0.2.2')).status).toBe(400);
  });

  it('comes first: before the method, the content type and the rest of the body', async () => {
    await from('127.0.0.1');
    await from('127.0.0.1');
    expect((await fetch(`${service.url}/oauth2/token`)).status).toBe(429);
    const connection = await RawConnection.to(new URL(service.url));
    connection.send(
      'POST /oauth2/token HTTP/1.1\r\nHost: id.test\r\nContent-Length: 1000\r\n\r\n{"grant_type"',
    );
    await connection.until('Too many requests');
    expect(connection.received).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
  });

  it.each(['/oauth2/revoke', '/oauth2/introspect', '/userinfo'])(
    'counts the requests to %s by themselves',
    async (path) => {
      const from = (address: string) => service.post(path, {}, { 'X-Forwarded-For': address });
      expect([(await from('192.0.2.1')).status, (await from('192.0.2.1')).status]).toEqual([400, 400]);
      const refused = await from('192.0.2.1');
      expect(refused.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
      expect(refused.headers.get('cache-control')).toBe('no-store');
      expect(await seen(refused)).toEqual({
        status: 429,
        body: { error: 'temporarily_unavailable', error_description: 'Too many requests' },
      });
    },
  );

  it.each(['/health/live', '/health/ready', '/oauth2/jwks', '/.well-known/openid-configuration'])(
    'leaves %s alone',
    async (path) => {
      for (let i = 0; i < 4; i++) expect((await fetch(service.url + path)).status).toBe(200);
    },
  );
});
