import * as oauth from 'oauth4webapi';
import {
  APP_ID,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { refusal } from './support/refusal.js';
import { type RunningService } from './support/service.js';
import { startServiceAtIssuer } from './support/service-at-issuer.js';

const API_CLIENT_ID = 'api';
const SECRET = 'secret of the api';

/** The service speaks HTTP: TLS is before it. */
const insecure = { [oauth.allowInsecureRequests]: true };
const strict = { [oauth.clockTolerance]: 0 };
const miniProgram: oauth.Client = { client_id: CLIENT_ID, id_token_signed_response_alg: 'RS256', ...strict };
const api: oauth.Client = { client_id: API_CLIENT_ID, ...strict };

let service: RunningService;
let as: oauth.AuthorizationServer;

beforeAll(async () => {
  service = await startServiceAtIssuer();
  service.simulator.wechat.addUser({ id: 'band' });
  const application = anApplication({
    grant_types: [JSCODE_GRANT, 'refresh_token'],
    refresh_token_ttl: 3600,
  });
  await service.register({
    applications: [
      application,
      {
        ...application,
        client_id: API_CLIENT_ID,
        client_secret: SECRET,
        type: 'm2m',
        grant_types: ['client_credentials'],
        scopes: ['reports', 'billing'],
      },
    ],
    authSources: [anAuthSource()],
  });
  as = await discover('oidc');
});

afterAll(() => service.close());

async function discover(algorithm: 'oidc' | 'oauth2'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(service.url);
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(issuer, response);
}

const none = oauth.None();

/** Signs the WeChat user in, and verifies the signature of the ID token. */
async function signIn() {
  const js_code = service.simulator.wechat.login(APP_ID, 'band');
  const parameters = { auth_source_id: AUTH_SOURCE_ID, js_code };
  const request = oauth.genericTokenEndpointRequest(
    as,
    miniProgram,
    none,
    JSCODE_GRANT,
    parameters,
    insecure,
  );
  const response = await request;
  const answer = await oauth.processGenericTokenEndpointResponse(as, miniProgram, response);
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  return answer;
}

async function clientCredentials(authentication: oauth.ClientAuth, parameters: Record<string, string> = {}) {
  const request = oauth.clientCredentialsGrantRequest(as, api, authentication, parameters, insecure);
  return oauth.processClientCredentialsResponse(as, api, await request);
}

async function introspect(token: string) {
  const authentication = oauth.ClientSecretPost(SECRET);
  const response = await oauth.introspectionRequest(as, api, authentication, token, insecure);
  return oauth.processIntrospectionResponse(as, api, response);
}

const tokens = {
  access_token: expect.any(String),
  refresh_token: expect.stringMatching(/^[\w-]{128}$/),
  scope: 'openid',
  id_token: expect.any(String),
  // The library writes it in lower case.
  token_type: 'bearer',
  expires_in: expect.any(Number),
};

describe('oauth4webapi', () => {
  it('finds the same metadata at both places', async () => {
    expect(as).toMatchObject({ issuer: service.url, jwks_uri: `${service.url}/oauth2/jwks` });
    expect(await discover('oauth2')).toEqual(as);
  });

  it('signs a user in by js_code, and refreshes', async () => {
    const first = await signIn();
    expect(first).toEqual(tokens);
    const { refresh_token } = first;
    const request = oauth.refreshTokenGrantRequest(as, miniProgram, none, refresh_token!, insecure);
    const response = await request;
    const second = await oauth.processRefreshTokenResponse(as, miniProgram, response);
    await oauth.validateApplicationLevelSignature(as, response, insecure);
    expect(second).toEqual(tokens);
    expect(second.refresh_token).not.toBe(refresh_token);
    const [before, now] = [first, second].map((answer) => oauth.getValidatedIdTokenClaims(answer)!);
    expect(now).toEqual({ ...before, iat: now!.iat, exp: now!.iat + 1800, jti: expect.any(String) });
    expect(now!.jti).not.toBe(before!.jti);
  });

  it('fetches what the token tells of the user it expects', async () => {
    const answer = await signIn();
    const { sub } = oauth.getValidatedIdTokenClaims(answer)!;
    const response = await oauth.userInfoRequest(as, miniProgram, answer.access_token, insecure);
    expect(await oauth.processUserInfoResponse(as, miniProgram, sub, response)).toEqual({ sub });
  });

  it('revokes a token, which introspection then calls inactive', async () => {
    const { access_token } = await signIn();
    expect(await introspect(access_token)).toEqual({
      active: true,
      client_id: CLIENT_ID,
      token_type: 'Bearer',
      ...decode(access_token).payload,
      scope: 'openid',
    });
    const request = oauth.revocationRequest(as, miniProgram, none, access_token, insecure);
    await expect(oauth.processRevocationResponse(await request)).resolves.toBeUndefined();
    expect(await introspect(access_token)).toEqual({ active: false });
    const response = await oauth.userInfoRequest(as, miniProgram, access_token, insecure);
    const userInfo = oauth.processUserInfoResponse(as, miniProgram, oauth.skipSubjectCheck, response);
    expect(await refusal(userInfo)).toMatchObject({ error: 'WWWAuthenticateChallengeError', status: 401 });
  });

  it.each([
    ['client_secret_post', oauth.ClientSecretPost(SECRET)],
    ['client_secret_basic', oauth.ClientSecretBasic(SECRET)],
  ])('gets an access token for an application itself (%s)', async (_, authentication) => {
    const answer = await clientCredentials(authentication, { scope: 'reports' });
    expect(answer).toEqual({
      access_token: expect.any(String),
      scope: 'reports',
      token_type: 'bearer',
      expires_in: expect.any(Number),
    });
    expect(await refusal(clientCredentials(authentication, { scope: 'openid' }))).toEqual({
      error: 'ResponseBodyError',
      status: 400,
      cause: { error: 'invalid_scope', error_description: 'Scope not allowed for this application' },
    });
  });
});
