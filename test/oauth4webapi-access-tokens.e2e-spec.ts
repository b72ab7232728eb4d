import * as oauth from 'oauth4webapi';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { type RunningService } from './support/service.js';
import { startServiceAtIssuer } from './support/service-at-issuer.js';

const ES256_CLIENT_ID = 'ES256_MINI_PROGRAM_CLIENT_ID';
const CIAM_CLIENT_ID = 'CIAM_MINI_PROGRAM_CLIENT_ID';
const JOB_CLIENT_ID = 'JOB_CLIENT_ID';

let service: RunningService;
let as: oauth.AuthorizationServer;

beforeAll(async () => {
  service = await startServiceAtIssuer();
  service.simulator.wechat.addUser({ id: 'band' });
  const application = anApplication({ token_profile: 'rfc9068', scopes: ['openid', 'phone'] });
  await service.register({
    applications: [
      application,
      { ...application, client_id: ES256_CLIENT_ID, signing_alg: 'ES256' },
      { ...application, client_id: CIAM_CLIENT_ID, token_profile: 'ciam' },
      {
        ...application,
        client_id: JOB_CLIENT_ID,
        client_secret: 'secret',
        type: 'm2m',
        grant_types: ['client_credentials'],
        scopes: ['reports', 'billing'],
      },
    ],
    authSources: [anAuthSource({ applications: [CLIENT_ID, ES256_CLIENT_ID, CIAM_CLIENT_ID] })],
  });
  const issuer = new URL(service.url);
  const response = await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true });
  as = await oauth.processDiscoveryResponse(issuer, response);
});

afterAll(() => service.close());

async function tokensOf(request: Promise<Response>): Promise<{ access_token: string; id_token: string }> {
  const response = await request;
  expect(response.status).toBe(200);
  return (await response.json()) as { access_token: string; id_token: string };
}

const signIn = (clientId: string) => tokensOf(service.login('band', { client_id: clientId }));

/** What a resource server makes of a token that a request comes with. */
function accept(token: string, audience: string): Promise<oauth.JWTAccessTokenClaims> {
  const request = new Request('https://api.example.com/', { headers: { Authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(as, request, audience, { [oauth.allowInsecureRequests]: true });
}

describe('oauth4webapi, at a resource server', () => {
  it.each([
    ['RS256', CLIENT_ID],
    ['ES256', ES256_CLIENT_ID],
  ])('accepts the access token of a user (token_profile: rfc9068, %s)', async (alg, clientId) => {
    const { access_token, id_token } = await signIn(clientId);
    const claims = await accept(access_token, clientId);
    expect(claims).toEqual({
      iss: service.url,
      sub: decode(id_token).payload.sub,
      aud: clientId,
      client_id: clientId,
      scope: 'openid phone',
      iat: expect.any(Number),
      nbf: claims.iat,
      exp: claims.iat + 300,
      jti: expect.any(String),
    });
    expect(decode(access_token).header).toEqual({ kid: expect.any(String), typ: 'at+jwt', alg });
  });

  it('accepts the access token of an application (token_profile: rfc9068)', async () => {
    const credentials = { client_id: JOB_CLIENT_ID, client_secret: 'secret' };
    const request = service.token({ grant_type: 'client_credentials', ...credentials });
    const claims = await accept((await tokensOf(request)).access_token, JOB_CLIENT_ID);
    expect(claims).toEqual({
      iss: service.url,
      sub: JOB_CLIENT_ID,
      aud: JOB_CLIENT_ID,
      client_id: JOB_CLIENT_ID,
      scope: 'reports billing',
      iat: expect.any(Number),
      nbf: claims.iat,
      exp: claims.iat + 300,
      jti: expect.any(String),
    });
  });

  it('refuses an access token for somebody else', async () => {
    const { access_token } = await signIn(CLIENT_ID);
    await expect(accept(access_token, JOB_CLIENT_ID)).rejects.toMatchObject({
      message: 'unexpected JWT "aud" (audience) claim value',
      cause: { expected: JOB_CLIENT_ID },
    });
  });

  it.each([
    ['an access token of token_profile: ciam', CIAM_CLIENT_ID, 'access_token'],
    ['an ID token', CLIENT_ID, 'id_token'],
  ] as const)('refuses %s, which could be mistaken for another', async (_, clientId, name) => {
    const { [name]: token } = await signIn(clientId);
    await expect(accept(token, clientId)).rejects.toMatchObject({
      message: 'unexpected JWT "typ" header parameter value',
      cause: { header: { kid: expect.any(String), typ: 'JWT', alg: 'RS256' } },
    });
  });
});
