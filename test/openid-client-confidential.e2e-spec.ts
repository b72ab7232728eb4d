import { Injectable, Module } from '@nestjs/common';
import { IsString } from 'class-validator';
import * as client from 'openid-client';
import { GrantType, type ExternalSignIn, type GrantStrategy } from '../src/oauth/grants/grant-strategy.js';
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

/** Characters that a form, a header and a URL spell each in a way of its own. */
const WEB_CLIENT_ID = 'web:client+1/100%25?&=';
const SECRET = `p@ss:word/100% +&="*~'()!`;
const WEBSITE_GRANT = 'https://example.com/grant-type/website';
const WEBSITE = 'website';

class WebsiteParameters {
  @IsString()
  auth_source_id: string;
}

/** The built-in login is for mini programs, which keep no secret: this one is for a client that does. */
@GrantType({
  grantType: WEBSITE_GRANT,
  parameters: WebsiteParameters,
  applicationTypes: ['web'],
  authSourceTypes: ['wechat_website'],
})
@Injectable()
class WebsiteGrantStrategy implements GrantStrategy<WebsiteParameters> {
  handle(): Promise<ExternalSignIn> {
    return Promise.resolve({
      kind: 'external',
      identities: [{ type: 'wechat_openid', issuer: WEBSITE, subject: 'visitor' }],
      profile: () => Promise.resolve({}),
    });
  }
}

@Module({ providers: [WebsiteGrantStrategy] })
class WebsiteModule {}

let service: RunningService;
let miniProgram: client.Configuration;

beforeAll(async () => {
  service = await startServiceAtIssuer([WebsiteModule]);
  service.simulator.wechat.addUser({ id: 'band' });
  const withRefreshTokens = { refresh_token_ttl: 3600, refresh_token_max_ttl: 7200 };
  await service.register({
    applications: [
      anApplication({ ...withRefreshTokens, grant_types: [JSCODE_GRANT, 'refresh_token'] }),
      anApplication({
        ...withRefreshTokens,
        client_id: WEB_CLIENT_ID,
        client_secret: SECRET,
        type: 'web',
        grant_types: [WEBSITE_GRANT, 'refresh_token', 'client_credentials'],
        scopes: ['openid', 'reports', 'billing'],
      }),
    ],
    authSources: [
      anAuthSource(),
      anAuthSource({ id: WEBSITE, type: 'wechat_website', applications: [WEB_CLIENT_ID] }),
    ],
  });
  miniProgram = await discover(CLIENT_ID, client.None());
});

afterAll(() => service.close());

function discover(clientId: string, authentication: client.ClientAuth): Promise<client.Configuration> {
  return client.discovery(new URL(service.url), clientId, undefined, authentication, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
}

/** The tokens of a user of the mini program. */
async function signIn(): Promise<{ access_token: string; refresh_token: string }> {
  const js_code = service.simulator.wechat.login(APP_ID, 'band');
  const answer = await client.genericGrantRequest(miniProgram, JSCODE_GRANT, {
    auth_source_id: AUTH_SOURCE_ID,
    js_code,
  });
  return { access_token: answer.access_token, refresh_token: answer.refresh_token! };
}

const refusedInBody = {
  error: 'ResponseBodyError',
  status: 401,
  cause: { error: 'invalid_client', error_description: 'Client authentication failed' },
};
const refusedInHeader = {
  error: 'WWWAuthenticateChallengeError',
  status: 401,
  cause: [{ scheme: 'basic', parameters: { realm: 'nest-ciam' } }],
};

describe.each([
  ['client_secret_post', client.ClientSecretPost, refusedInBody],
  ['client_secret_basic', client.ClientSecretBasic, refusedInHeader],
])('openid-client, with a secret (%s)', (_, authenticatedWith, refused) => {
  let config: client.Configuration;

  beforeAll(async () => {
    config = await discover(WEB_CLIENT_ID, authenticatedWith(SECRET));
  });

  it('gets an access token for itself', async () => {
    const answer = await client.clientCredentialsGrant(config, { scope: 'billing' });
    expect(answer).toEqual({
      access_token: expect.any(String),
      scope: 'billing',
      token_type: 'bearer',
      expires_in: expect.any(Number),
    });
    expect(await client.tokenIntrospection(config, answer.access_token)).toEqual({
      active: true,
      client_id: WEB_CLIENT_ID,
      token_type: 'Bearer',
      ...decode(answer.access_token).payload,
      scope: 'billing',
    });
  });

  it('is told that its secret is wrong', async () => {
    const wrong = await discover(WEB_CLIENT_ID, authenticatedWith(`${SECRET}x`));
    expect(await refusal(client.clientCredentialsGrant(wrong))).toEqual(refused);
    expect(await refusal(client.tokenIntrospection(wrong, 'unknown'))).toEqual(refused);
    expect(await refusal(client.tokenRevocation(wrong, 'unknown'))).toEqual(refused);
  });

  it('introspects an access token of another client, until that revokes it', async () => {
    const { access_token, refresh_token } = await signIn();
    expect(await client.tokenIntrospection(config, access_token)).toEqual({
      active: true,
      client_id: CLIENT_ID,
      token_type: 'Bearer',
      ...decode(access_token).payload,
      scope: 'openid',
    });
    await client.tokenRevocation(miniProgram, access_token);
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
    expect(await client.tokenIntrospection(config, refresh_token)).toMatchObject({ active: true });
  });

  it('introspects a refresh token of another client, until that revokes it', async () => {
    const { access_token, refresh_token } = await signIn();
    const { iat, ...introspected } = await client.tokenIntrospection(config, refresh_token);
    expect(introspected).toEqual({
      active: true,
      client_id: CLIENT_ID,
      sub: decode(access_token).payload.sub,
      scope: 'openid',
      exp: iat! + 3600,
    });
    await client.tokenRevocation(miniProgram, refresh_token);
    expect(await client.tokenIntrospection(config, refresh_token)).toEqual({ active: false });
    expect(await client.tokenIntrospection(config, access_token)).toEqual({ active: false });
  });

  it('is told nothing about what is no token', async () => {
    expect(await client.tokenIntrospection(config, 'unknown')).toEqual({ active: false });
  });

  it('may not revoke the token of another client', async () => {
    const { access_token } = await signIn();
    expect(await refusal(client.tokenRevocation(config, access_token))).toEqual(refused);
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject({ active: true });
  });

  it('refreshes and revokes the tokens of its own users', async () => {
    const first = await client.genericGrantRequest(config, WEBSITE_GRANT, { auth_source_id: WEBSITE });
    const second = await client.refreshTokenGrant(config, first.refresh_token!);
    for (const answer of [first, second]) {
      expect(answer).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^[\w-]{128}$/),
        scope: 'openid reports billing',
        id_token: expect.any(String),
        token_type: 'bearer',
        expires_in: expect.any(Number),
      });
    }
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.claims()).toMatchObject({ sub: first.claims()!.sub, aud: WEB_CLIENT_ID });
    await client.tokenRevocation(config, second.refresh_token!);
    expect(await client.tokenIntrospection(config, second.access_token)).toEqual({ active: false });
    expect(await refusal(client.refreshTokenGrant(config, second.refresh_token!))).toEqual({
      error: 'ResponseBodyError',
      status: 400,
      cause: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    });
  });

  it('refreshes nothing with a wrong secret', async () => {
    const { refresh_token } = await client.genericGrantRequest(config, WEBSITE_GRANT, {
      auth_source_id: WEBSITE,
    });
    const wrong = await discover(WEB_CLIENT_ID, authenticatedWith(`${SECRET}x`));
    expect(await refusal(client.refreshTokenGrant(wrong, refresh_token!))).toEqual(refused);
    expect(await client.tokenIntrospection(config, refresh_token!)).toMatchObject({ active: true });
  });
});
