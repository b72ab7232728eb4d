import * as client from 'openid-client';
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

const ES256_CLIENT_ID = 'ES256_MINI_PROGRAM_CLIENT_ID';

let service: RunningService;
let config: client.Configuration;

beforeAll(async () => {
  service = await startServiceAtIssuer();
  service.simulator.wechat.addUser({
    id: 'band',
    profile: { nickName: 'Band' },
    phone: { countryCode: '86', purePhoneNumber: '13800138000' },
  });
  const application = anApplication({
    grant_types: [JSCODE_GRANT, 'refresh_token'],
    scopes: ['openid', 'profile', 'phone'],
    refresh_token_ttl: 3600,
    id_token_claims: ['nickname'],
  });
  await service.register({
    applications: [application, { ...application, client_id: ES256_CLIENT_ID, signing_alg: 'ES256' }],
    authSources: [
      anAuthSource({
        applications: [CLIENT_ID, ES256_CLIENT_ID],
        attribute_mapping: [
          { from: 'nickName', to: 'nickname' },
          { from: 'phoneNumber', to: 'phone_number' },
        ],
      }),
    ],
  });
  config = await discover(CLIENT_ID);
});

afterAll(() => service.close());

/** A public client that verifies the signature of every ID token. */
function discover(clientId: string, algorithm?: 'oidc' | 'oauth2'): Promise<client.Configuration> {
  return client.discovery(new URL(service.url), clientId, undefined, client.None(), {
    algorithm,
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
}

/** Signs the WeChat user in, with profile and phone number. */
function signIn(as = config, extra: Record<string, string> = {}) {
  const { wechat } = service.simulator;
  return client.genericGrantRequest(as, JSCODE_GRANT, {
    auth_source_id: AUTH_SOURCE_ID,
    js_code: wechat.login(APP_ID, 'band'),
    getUserInfo: 'true',
    ...wechat.encryptedData(APP_ID, 'band'),
    getPhoneNumber: 'true',
    phone_code: wechat.phoneCode(APP_ID, 'band'),
    ...extra,
  });
}

const tokens = {
  access_token: expect.any(String),
  refresh_token: expect.stringMatching(/^[\w-]{128}$/),
  scope: 'openid profile phone',
  id_token: expect.any(String),
  // The library writes it in lower case.
  token_type: 'bearer',
  expires_in: expect.any(Number),
};

const challenge = (error: string, error_description: string) => [
  {
    scheme: 'bearer',
    parameters: { error, error_description, error_uri: 'https://tools.ietf.org/html/rfc6750#section-3.1' },
  },
];

describe('openid-client, for a mini program', () => {
  it.each(['oidc', 'oauth2'] as const)('discovers the service (%s)', async (algorithm) => {
    const metadata = (await discover(CLIENT_ID, algorithm)).serverMetadata();
    expect(metadata).toMatchObject({
      issuer: service.url,
      token_endpoint: `${service.url}/oauth2/token`,
      revocation_endpoint: `${service.url}/oauth2/revoke`,
      introspection_endpoint: `${service.url}/oauth2/introspect`,
      userinfo_endpoint: `${service.url}/userinfo`,
      jwks_uri: `${service.url}/oauth2/jwks`,
    });
    expect(metadata.supportsPKCE()).toBe(false);
  });

  it.each([
    ['RS256', CLIENT_ID],
    ['ES256', ES256_CLIENT_ID],
  ])('signs a user in by js_code, and verifies the ID token (%s)', async (alg, clientId) => {
    const as = await discover(clientId);
    const answer = await signIn(as);
    expect(answer).toEqual(tokens);
    const claims = answer.claims()!;
    expect(claims).toEqual({
      iss: service.url,
      sub: decode(answer.access_token).payload.sub,
      aud: clientId,
      azp: clientId,
      exp: claims.iat + 1800,
      iat: expect.any(Number),
      jti: expect.any(String),
      nickname: 'Band',
    });
    const { kid } = decode(answer.id_token!).header;
    expect(client.getJwksCache(as)?.jwks.keys).toContainEqual(expect.objectContaining({ kid, alg }));
  });

  it('refreshes: new tokens of the same user, and a successor', async () => {
    const first = await signIn();
    const second = await client.refreshTokenGrant(config, first.refresh_token!);
    expect(second).toEqual(tokens);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const [before, now] = [first.claims()!, second.claims()!];
    expect(now).toEqual({ ...before, iat: now.iat, exp: now.iat + 1800, jti: expect.any(String) });
    expect(now.jti).not.toBe(before.jti);
    const narrowed = await client.refreshTokenGrant(config, second.refresh_token!, { scope: 'openid' });
    expect(narrowed).toEqual({ ...tokens, scope: 'openid' });
  });

  it('is told that a refresh token was used before', async () => {
    const { refresh_token: first } = await signIn();
    const { refresh_token: second } = await client.refreshTokenGrant(config, first!);
    await client.refreshTokenGrant(config, second!);
    expect(await refusal(client.refreshTokenGrant(config, first!))).toEqual({
      error: 'ResponseBodyError',
      status: 400,
      cause: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    });
  });

  it('fetches what the token tells of the user', async () => {
    const answer = await signIn();
    const { sub } = answer.claims()!;
    expect(await client.fetchUserInfo(config, answer.access_token, sub)).toEqual({
      sub,
      nickname: 'Band',
      phone_number: '+8613800138000',
    });
  });

  it('refuses what is told of another user than it expected', async () => {
    const { access_token } = await signIn();
    await expect(client.fetchUserInfo(config, access_token, 'somebody-else')).rejects.toMatchObject({
      name: 'ClientError',
      code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
      cause: { cause: { expected: 'somebody-else', attribute: 'sub' } },
    });
  });

  it('revokes an access token, which then opens nothing', async () => {
    const { access_token, refresh_token } = await signIn();
    await client.tokenRevocation(config, access_token);
    const userInfo = client.fetchUserInfo(config, access_token, client.skipSubjectCheck);
    expect(await refusal(userInfo)).toEqual({
      error: 'WWWAuthenticateChallengeError',
      status: 401,
      cause: challenge('invalid_token', 'Error decoding JWT'),
    });
    expect(await client.refreshTokenGrant(config, refresh_token!)).toEqual(tokens);
  });

  it('revokes a refresh token, and its access token with it', async () => {
    const { access_token, refresh_token } = await signIn();
    await client.tokenRevocation(config, refresh_token!, { token_type_hint: 'refresh_token' });
    const userInfo = client.fetchUserInfo(config, access_token, client.skipSubjectCheck);
    expect(await refusal(userInfo)).toMatchObject({ status: 401 });
    expect(await refusal(client.refreshTokenGrant(config, refresh_token!))).toMatchObject({ status: 400 });
  });

  it('revokes a token that nobody knows without an error', async () => {
    await expect(client.tokenRevocation(config, 'unknown')).resolves.toBeUndefined();
  });

  it('learns that its token does not reach as far as the user', async () => {
    const { access_token } = await signIn(config, { scope: 'phone' });
    expect(await refusal(client.fetchUserInfo(config, access_token, client.skipSubjectCheck))).toEqual({
      error: 'WWWAuthenticateChallengeError',
      status: 403,
      cause: challenge(
        'insufficient_scope',
        'The request requires higher privileges than provided by the access token.',
      ),
    });
  });

  it.each<[string, () => Promise<unknown>, number, object]>([
    [
      'a js_code that WeChat does not know',
      () => signIn(config, { js_code: 'unknown' }),
      400,
      { error: 'invalid_grant', error_description: 'WeChat error: 40029' },
    ],
    [
      'an unknown auth source',
      () => signIn(config, { auth_source_id: 'unknown' }),
      400,
      { error: 'invalid_auth_source', error_description: 'Auth source not found or disabled' },
    ],
    [
      'a parameter that is missing',
      () => signIn(config, { encryptedData: '' }),
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter: encryptedData' },
    ],
    [
      'a scope that is not its own',
      () => signIn(config, { scope: 'openid admin' }),
      400,
      { error: 'invalid_scope', error_description: 'Scope not allowed for this application' },
    ],
    [
      'a grant that is not its own',
      () => client.clientCredentialsGrant(config),
      400,
      {
        error: 'unauthorized_client',
        error_description: 'Grant type not allowed for this application',
      },
    ],
    [
      'a grant that nobody knows',
      () => client.genericGrantRequest(config, 'urn:example:grant', {}),
      400,
      {
        error: 'unsupported_grant_type',
        error_description: 'OAuth 2.0 Parameter: grant_type',
        error_uri: 'https://datatracker.ietf.org/doc/html/rfc6749#section-5.2',
      },
    ],
    [
      'a client that is not registered',
      async () => signIn(await discover('unknown')),
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed' },
    ],
    [
      'introspection, which is not for public clients',
      async () => client.tokenIntrospection(config, (await signIn()).access_token),
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed' },
    ],
    [
      'the revocation of another client’s token',
      async () => client.tokenRevocation(await discover(ES256_CLIENT_ID), (await signIn()).access_token),
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed' },
    ],
  ])('reads the error about %s', async (_, request, status, cause) => {
    expect(await refusal(request())).toEqual({ error: 'ResponseBodyError', status, cause });
  });
});
