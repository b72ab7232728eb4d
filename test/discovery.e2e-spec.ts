import { CODE_GRANT, JSCODE_GRANT } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { ISSUER } from '../src/testing/start-ciam.js';

describe('published metadata', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  it('the JWKS has the public keys of each algorithm, and no private part', async () => {
    const response = await fetch(`${service.url}/oauth2/jwks`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
      'x-content-type-options': 'nosniff',
    });
    const kid = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const number = expect.stringMatching(/^[\w-]{43}$/);
    const rsa = {
      kty: 'RSA',
      use: 'sig',
      alg: 'RS256',
      kid,
      n: expect.stringMatching(/^[\w-]{342}$/),
      e: 'AQAB',
    };
    const ec = { kty: 'EC', use: 'sig', alg: 'ES256', kid, crv: 'P-256', x: number, y: number };
    // The one that signs and the one that will.
    expect(await response.json()).toEqual({ keys: [rsa, rsa, ec, ec] });
  });

  it('the JWKS is not sent again to whoever has it', async () => {
    const etag = (await fetch(`${service.url}/oauth2/jwks`)).headers.get('etag')!;
    const again = await fetch(`${service.url}/oauth2/jwks`, { headers: { 'If-None-Match': etag } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    const changed = await fetch(`${service.url}/oauth2/jwks`, { headers: { 'If-None-Match': '"another"' } });
    expect(changed.status).toBe(200);
  });

  it.each(['openid-configuration', 'oauth-authorization-server'])(
    '/.well-known/%s lists what works',
    async (name) => {
      const response = await fetch(`${service.url}/.well-known/${name}`, {
        headers: { Host: 'attacker.example' },
      });
      expect(response.headers.get('content-type')).toBe('application/json');
      expect([response.status, await response.json()]).toEqual([
        200,
        {
          issuer: ISSUER,
          token_endpoint: `${ISSUER}/oauth2/token`,
          token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic'],
          revocation_endpoint: `${ISSUER}/oauth2/revoke`,
          revocation_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic'],
          introspection_endpoint: `${ISSUER}/oauth2/introspect`,
          introspection_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
          userinfo_endpoint: `${ISSUER}/userinfo`,
          jwks_uri: `${ISSUER}/oauth2/jwks`,
          response_types_supported: [],
          grant_types_supported: ['client_credentials', CODE_GRANT, JSCODE_GRANT, 'refresh_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256', 'ES256'],
          scopes_supported: ['openid', 'profile', 'phone'],
        },
      ]);
    },
  );
});
