import { readFileSync } from 'node:fs';
import { decode, verified } from './support/jwt.js';
import { APP_ID, CLIENT_ID, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { SECURITY_HEADERS } from './support/security-headers.js';
import { startService, type RunningService } from './support/service.js';
import { ISSUER } from '../src/testing/start-ciam.js';

interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  scope: string;
  expires_in: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The example of CIAM's own page. */
const documented = JSON.parse(
  readFileSync(new URL('fixtures/ciam-wechat-jscode.json', import.meta.url), 'utf8'),
) as { request: Record<string, string>; response: TokenAnswer };

describe('grant_type=http://tencentciam.com/oauth2/grant-type/social/wechat/jscode', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
  });

  beforeEach(() => service.register({ applications: [anApplication()], authSources: [anAuthSource()] }));

  afterAll(() => service.close());

  const login = async (extra: object = {}) => {
    const response = await service.login('band', extra);
    expect(response.status).toBe(200);
    return (await response.json()) as TokenAnswer;
  };

  it('answers the documented request with the documented members, headers and nothing else', async () => {
    const jsCode = service.simulator.wechat.login(APP_ID, 'band');
    const response = await service.token({ ...documented.request, js_code: jsCode });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json;charset=UTF-8',
      'content-length': expect.stringMatching(/^\d+$/),
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...SECURITY_HEADERS,
      'x-request-id': expect.any(String),
      vary: 'Origin',
      date: expect.any(String),
      connection: 'keep-alive',
      'keep-alive': expect.any(String),
    });
    const body = (await response.json()) as TokenAnswer;
    expect(body).toEqual({
      access_token: expect.any(String),
      scope: documented.response.scope,
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    });
    expect(Object.keys(body)).toEqual(Object.keys(documented.response));
    // Whole seconds that remain: one less than the lifetime, unless the answer fell on a full second.
    expect([documented.response.expires_in, 300]).toContain(body.expires_in);
  });

  it('signs tokens with the header members, claim names, claim types and lifetimes of the documented ones', async () => {
    const body = await login();
    for (const name of ['access_token', 'id_token'] as const) {
      const theirs = decode(documented.response[name]!);
      const ours = await verified(service.url, body[name]!);
      expect(Object.keys(ours.header).sort()).toEqual(Object.keys(theirs.header).sort());
      expect(ours.header).toMatchObject({ typ: theirs.header.typ, alg: theirs.header.alg });
      expect(Object.keys(ours.payload)).toEqual(Object.keys(theirs.payload));
      expect(typesOf(ours.payload)).toEqual(typesOf(theirs.payload));
      expect(lifetime(ours.payload)).toBe(lifetime(theirs.payload));
    }
  });

  it('says who signed in where, in both tokens alike', async () => {
    const body = await login();
    const access = await verified(service.url, body.access_token);
    const id = await verified(service.url, body.id_token!);
    const { sub, iat, jti } = access.payload;
    expect(access.header).toEqual({ kid: expect.stringMatching(UUID), typ: 'JWT', alg: 'RS256' });
    expect(id.header).toEqual(access.header);
    const shared = {
      sub: expect.stringMatching(UUID),
      aud: CLIENT_ID,
      iss: ISSUER,
      jti: expect.stringMatching(UUID),
    };
    expect(access.payload).toEqual({
      ...shared,
      nbf: iat,
      scope: ['openid'],
      exp: Number(iat) + 300,
      iat: expect.any(Number),
    });
    expect(id.payload).toEqual({ ...shared, sub, azp: CLIENT_ID, exp: Number(iat) + 1800, iat });
    expect(id.payload.jti).not.toBe(jti);
  });

  it('signs the same person in as the same user', async () => {
    const [first, second] = [await login(), await login()];
    expect(decode(second.access_token).payload.sub).toBe(decode(first.access_token).payload.sub);
    const counts = await service.dataSource.query('SELECT COUNT(*) AS users FROM users');
    expect(Number(counts[0].users)).toBe(1);
  });

  it('takes a form as well as JSON', async () => {
    const { wechat } = service.simulator;
    const form = new URLSearchParams({
      ...loginRequest(wechat.login(APP_ID, 'band')),
      getUserInfo: 'true',
      ...wechat.encryptedData(APP_ID, 'band'),
      getPhoneNumber: 'false',
      scope: '',
    });
    const response = await fetch(`${service.url}/oauth2/token`, { method: 'POST', body: form });
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ scope: 'openid' }),
    ]);
  });

  it('ignores parameters that the grant does not declare, repeated or not', async () => {
    const form = new URLSearchParams(loginRequest(service.simulator.wechat.login(APP_ID, 'band')));
    form.append('state', 'one');
    form.append('state', 'two');
    const response = await fetch(`${service.url}/oauth2/token`, { method: 'POST', body: form });
    expect(response.status).toBe(200);
    expect(
      (await service.login('band', { state: ['one', 'two'], refresh_token: 1, nonce: null })).status,
    ).toBe(200);
  });

  it('counts optional parameters that are null or empty as absent', async () => {
    await login({
      getUserInfo: null,
      encryptedData: '',
      iv: null,
      getPhoneNumber: null,
      phone_code: '',
      scope: '',
    });
  });

  it('does not look at what encryptedData and iv hold when no user info is wanted', async () => {
    await login({ getUserInfo: false, encryptedData: 'not base64!', iv: 'x' });
  });

  describe('scope', () => {
    beforeEach(() =>
      service.register({ applications: [anApplication({ scopes: ['openid', 'profile', 'phone'] })] }),
    );

    it('is everything the application has, in configured order, unless it is asked for less', async () => {
      const body = await login();
      expect(body.scope).toBe('openid profile phone');
      expect(decode(body.access_token).payload.scope).toEqual(['openid', 'profile', 'phone']);
      expect((await login({ scope: 'phone  openid phone' })).scope).toBe('openid phone');
    });

    it('without openid brings no ID token', async () => {
      const body = await login({ scope: 'profile' });
      expect(body).toEqual({
        access_token: expect.any(String),
        scope: 'profile',
        token_type: 'Bearer',
        expires_in: expect.any(Number),
      });
    });
  });

  describe("the application's settings", () => {
    it('decide how long tokens live', async () => {
      await service.register({ applications: [anApplication({ access_token_ttl: 60, id_token_ttl: 90 })] });
      const body = await login();
      expect([59, 60]).toContain(body.expires_in);
      expect(lifetime(decode(body.access_token).payload)).toBe(60);
      expect(lifetime(decode(body.id_token!).payload)).toBe(90);
    });

    it('bring a refresh token when they have a lifetime for it and the grant', async () => {
      const settings = {
        refresh_token_ttl: 3600,
        grant_types: [documented.request.grant_type!, 'refresh_token'],
      };
      await service.register({ applications: [anApplication(settings)] });
      const body = await login();
      expect(body.refresh_token).toMatch(/^[A-Za-z0-9_-]{128}$/);
      expect(Object.keys(body)).toEqual([
        'access_token',
        'refresh_token',
        'scope',
        'id_token',
        'token_type',
        'expires_in',
      ]);
      await service.register({ applications: [anApplication({ ...settings, refresh_token_ttl: 0 })] });
      expect(await login()).not.toHaveProperty('refresh_token');
      await service.register({ applications: [anApplication({ refresh_token_ttl: 3600 })] });
      expect(await login()).not.toHaveProperty('refresh_token');
    });

    it('choose ES256 and the profile of RFC 9068', async () => {
      await service.register({
        applications: [anApplication({ signing_alg: 'ES256', token_profile: 'rfc9068' })],
      });
      const body = await login();
      const access = await verified(service.url, body.access_token);
      expect(access.header).toEqual({ kid: expect.stringMatching(UUID), typ: 'at+jwt', alg: 'ES256' });
      expect(access.payload).toEqual({
        sub: expect.stringMatching(UUID),
        aud: CLIENT_ID,
        client_id: CLIENT_ID,
        nbf: access.payload.iat,
        scope: 'openid',
        iss: ISSUER,
        exp: Number(access.payload.iat) + 300,
        iat: expect.any(Number),
        jti: expect.stringMatching(UUID),
      });
      expect((await verified(service.url, body.id_token!)).header).toMatchObject({
        typ: 'JWT',
        alg: 'ES256',
      });
    });

    it('put attributes of the user into the ID token, as far as the scope allows', async () => {
      const { wechat } = service.simulator;
      await service.register({
        applications: [
          anApplication({
            scopes: ['openid', 'profile', 'phone'],
            id_token_claims: ['nickname', 'phone_number', 'custom.city', 'locale'],
          }),
        ],
        authSources: [
          anAuthSource({
            attribute_mapping: [
              { from: 'nickName', to: 'nickname' },
              { from: 'city', to: 'custom.city' },
              { from: 'phoneNumber', to: 'phone_number' },
            ],
          }),
        ],
      });
      const jsCode = wechat.login(APP_ID, 'band');
      const extra = {
        js_code: jsCode,
        getUserInfo: true,
        ...wechat.encryptedData(APP_ID, 'band'),
        getPhoneNumber: true,
        phone_code: wechat.phoneCode(APP_ID, 'band'),
      };
      const response = await service.token({ ...loginRequest(jsCode), ...extra });
      const claims = decode(((await response.json()) as TokenAnswer).id_token!).payload;
      expect(claims).toMatchObject({
        nickname: 'Band',
        custom: { city: 'Guangzhou' },
        phone_number: '+8613800138000',
      });
      expect(claims).not.toHaveProperty('locale');
      const narrowed = decode((await login({ scope: 'openid' })).id_token!).payload;
      expect(Object.keys(narrowed).sort()).toEqual(['aud', 'azp', 'exp', 'iat', 'iss', 'jti', 'sub']);
    });
  });
});

function typesOf(claims: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `array of ${typeof value[0]}` : typeof value,
    ]),
  );
}

function lifetime(claims: Record<string, unknown>): number {
  return Number(claims.exp) - Number(claims.iat);
}
