import { moveClock, resetClock } from '../src/testing/clock.js';
import { APP_ID, CLIENT_ID, anApplication, loginRequest } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { RESOURCE_SERVER, registerSessions, withSessions } from './support/sessions.js';

const SHOP = 'https://shop.example.com';
const STAFF = 'https://staff.example.com';
const EVIL = 'https://evil.example.com';

describe('CORS', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
    await service.register({
      applications: [
        anApplication({ ...withSessions, cors_origins: [SHOP, 'https://*.preview.example.com'] }),
        anApplication({
          ...RESOURCE_SERVER,
          type: 'm2m',
          grant_types: ['client_credentials'],
          scopes: ['reports'],
          cors_origins: [STAFF],
        }),
        anApplication({ client_id: 'off', enabled: false, cors_origins: ['https://off.example.com'] }),
      ],
    });
  });
  afterAll(() => service.close());

  /** What an answer says about other origins. */
  const access = ({ headers }: Response) =>
    Object.fromEntries(
      [...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
    );
  const NONE = { vary: 'Origin' };
  const readableBy = (origin: string) => ({
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'X-Request-Id, Retry-After, WWW-Authenticate',
  });

  const preflight = (path: string, origin: string, headers: Record<string, string> = {}) =>
    fetch(service.url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,idempotency-key',
        ...headers,
      },
    });

  describe.each([
    ['/oauth2/token', 'POST'],
    ['/oauth2/revoke', 'POST'],
    ['/userinfo', 'GET, POST'],
  ])('OPTIONS %s', (path, methods) => {
    it.each([SHOP, STAFF, 'https://pr-17.preview.example.com'])(
      'tells a page of %s what it may send, without cookies',
      async (origin) => {
        const response = await preflight(path, origin);
        expect([response.status, await response.text()]).toEqual([204, '']);
        expect(access(response)).toEqual({
          vary: 'Origin',
          'access-control-allow-origin': origin,
          'access-control-allow-methods': methods,
          'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
          'access-control-max-age': '7200',
        });
        expect(response.headers.get('cache-control')).toBe('no-store');
      },
    );

    it.each([
      ['an origin that nobody lists', EVIL],
      ['an origin that a disabled application lists', 'https://off.example.com'],
      ['a sandboxed page', 'null'],
      ['a wildcard', 'https://*.preview.example.com'],
      ['two labels where one is allowed', 'https://a.b.preview.example.com'],
    ])('is 405 as ever for %s', async (_, origin) => {
      const response = await preflight(path, origin);
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe(methods);
      expect(access(response)).toEqual(NONE);
    });

    it('is 405 as ever when no browser asks', async () => {
      const some: Record<string, string>[] = [
        {},
        { Origin: SHOP },
        { 'Access-Control-Request-Method': 'POST' },
      ];
      for (const headers of some) {
        const response = await fetch(service.url + path, { method: 'OPTIONS', headers });
        expect([response.status, access(response)]).toEqual([405, NONE]);
      }
    });
  });

  it('no page may ask about tokens of others: introspection is for servers', async () => {
    const response = await preflight('/oauth2/introspect', STAFF);
    expect([response.status, access(response)]).toEqual([405, {}]);
    const form = { ...RESOURCE_SERVER, token: 'x' };
    expect(access(await service.post('/oauth2/introspect', form, { Origin: STAFF }))).toEqual({});
  });

  describe('POST /oauth2/token', () => {
    const login = (origin: string | undefined, extra: object = {}) =>
      service.token(
        { ...loginRequest(service.simulator.wechat.login(APP_ID, 'band')), ...extra },
        origin === undefined ? {} : { Origin: origin },
      );

    it('lets the page of a listed origin read tokens', async () => {
      const response = await login(SHOP);
      expect(response.status).toBe(200);
      expect(access(response)).toEqual(readableBy(SHOP));
    });

    it.each([
      ['of an origin that nobody lists', EVIL],
      ['of an origin that only another application lists', STAFF],
      ['of a sandbox', 'null'],
      ['that is none: no browser', undefined],
    ])('answers a page %s as ever, which it cannot read', async (_, origin) => {
      const response = await login(origin);
      expect(response.status).toBe(200);
      expect(access(response)).toEqual(NONE);
    });

    it('lets it read errors, too, also before the client is authenticated', async () => {
      for (const extra of [
        { js_code: 'spent' },
        { grant_type: 'x' },
        { client_secret: 'x' },
        { js_code: '' },
      ]) {
        const response = await login(SHOP, extra);
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(access(response)).toEqual(readableBy(SHOP));
      }
    });

    it.each([
      ['unknown', 'nobody', SHOP],
      ['disabled', 'off', 'https://off.example.com'],
      ['no text', [CLIENT_ID], SHOP],
    ])('lets nobody read an error of a client that is %s', async (_, client_id, origin) => {
      const response = await login(origin, { client_id });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(access(response)).toEqual(NONE);
    });

    it('knows the client of a Basic header', async () => {
      const ask = (credentials: string) =>
        service.post(
          '/oauth2/token',
          { grant_type: 'client_credentials' },
          { Origin: STAFF, Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
        );
      expect(access(await ask(`${RESOURCE_SERVER.client_id}:wrong`))).toEqual(readableBy(STAFF));
      expect(access(await ask('malformed'))).toEqual(NONE);
    });
  });

  it('POST /oauth2/revoke lets the page of a listed origin read its answer', async () => {
    for (const [client_id, status] of [
      [CLIENT_ID, 200],
      [RESOURCE_SERVER.client_id, 401],
    ] as const) {
      const response = await service.post('/oauth2/revoke', { client_id, token: 'x' }, { Origin: SHOP });
      expect(response.status).toBe(status);
      expect(access(response)).toEqual(status === 200 ? readableBy(SHOP) : NONE);
    }
  });

  it('/userinfo lets the page of the application read it that the token is for, one that has expired, too', async () => {
    const { access_token } = await service.loginAs('band');
    const ask = (origin: string, token = access_token) =>
      fetch(`${service.url}/userinfo`, { headers: { Origin: origin, Authorization: `Bearer ${token}` } });
    const answer = await ask(SHOP);
    expect([answer.status, access(answer)]).toEqual([200, readableBy(SHOP)]);
    expect(access(await ask(EVIL))).toEqual(NONE);
    expect(access(await ask(STAFF))).toEqual(NONE);
    const form = await service.post('/userinfo', { access_token }, { Origin: SHOP });
    expect([form.status, access(form)]).toEqual([200, readableBy(SHOP)]);
    for (const token of ['x', 'x.x.x', 'x.bnVsbA.x']) {
      const refused = await ask(SHOP, token);
      expect([refused.status, access(refused)]).toEqual([401, NONE]);
    }
    moveClock(300);
    const expired = await ask(SHOP);
    resetClock();
    expect([expired.status, access(expired)]).toEqual([401, readableBy(SHOP)]);
  });

  it.each(['/oauth2/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    '%s may be read by every page, also when it is held already',
    async (path) => {
      const first = await fetch(service.url + path, { headers: { Origin: EVIL } });
      expect(access(first)).toEqual({ 'access-control-allow-origin': '*' });
      const etag = first.headers.get('etag')!;
      const second = await fetch(service.url + path, { headers: { Origin: EVIL, 'If-None-Match': etag } });
      expect([second.status, access(second)]).toEqual([304, { 'access-control-allow-origin': '*' }]);
    },
  );

  it('nothing else says anything about other origins', async () => {
    for (const path of ['/', '/health/ready', '/openapi.json', '/docs', '/admin/v1/users', '/oauth2/x']) {
      expect(access(await fetch(service.url + path, { headers: { Origin: SHOP } }))).toEqual({});
    }
  });

  it('a change of the setting is in force at once', async () => {
    await service.register({ applications: [anApplication({ ...withSessions, cors_origins: [] })] });
    const response = await service.token({ client_id: CLIENT_ID, grant_type: 'x' }, { Origin: SHOP });
    expect(access(response)).toEqual(NONE);
    expect((await preflight('/oauth2/token', SHOP)).status).toBe(405);
  });
});
