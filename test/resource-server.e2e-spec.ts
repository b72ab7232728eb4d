import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { type ApplicationSettings } from '../src/applications/application-settings.js';
import { TokenIssuer, type TokenSettings } from '../src/tokens/token-issuer.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { startResourceServer, type ResourceServer } from './support/resource-server.js';
import { startService, type RunningService } from './support/service.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

const OTHER_CLIENT_ID = 'ANOTHER_MINI_PROGRAM_CLIENT_ID';

/** How the sample application wants its tokens. */
const SETTINGS: TokenSettings = {
  clientId: CLIENT_ID,
  accessTokenTtl: 300,
  idTokenTtl: 1800,
  signingAlg: 'RS256',
  tokenProfile: 'ciam',
};

describe('a resource server with the guard of the example', () => {
  let service: RunningService;
  /** Has an address before the service has one: the issuer's name. */
  let line: TcpProxy;
  let issuer: string;
  let resource: ResourceServer;

  beforeAll(async () => {
    line = await startTcpProxy('127.0.0.1', () => Number(new URL(service.url).port));
    issuer = `http://127.0.0.1:${line.port}`;
    service = await startService({ ISSUER: issuer });
    service.simulator.wechat.addUser({ id: 'band' });
    await service.register({
      applications: [anApplication(), anApplication({ client_id: OTHER_CLIENT_ID })],
      authSources: [anAuthSource({ applications: [CLIENT_ID, OTHER_CLIENT_ID] })],
    });
    resource = await startResourceServer(issuer, [CLIENT_ID]);
  });

  afterAll(async () => {
    await resource.close();
    await service.close();
    await line.close();
  });

  /** The tokens of a login at the sample application, with these settings of it. */
  async function tokens(overrides: Partial<ApplicationSettings> = {}, client_id = CLIENT_ID) {
    await service.register({ applications: [anApplication({ client_id, ...overrides })] });
    const response = await service.login('band', { client_id });
    return (await response.json()) as { access_token: string; id_token: string };
  }

  const accepted = (body: unknown) => ({ status: 200, challenge: null, body });
  const unauthorized = (reason = '') => ({
    status: 401,
    challenge: `Bearer realm="api"${reason}`,
    body: { message: 'Unauthorized', statusCode: 401 },
  });
  const invalidToken = unauthorized(', error="invalid_token"');
  const insufficientScope = (scope: string) => ({
    status: 403,
    challenge: `Bearer realm="api", error="insufficient_scope", scope="${scope}"`,
    body: { message: 'Forbidden', statusCode: 403 },
  });

  describe.each(['RS256', 'ES256'] as const)('for tokens signed with %s', (signing_alg) => {
    describe.each(['ciam', 'rfc9068'] as const)('in the profile %s', (token_profile) => {
      const login = (scopes: string[]) => tokens({ signing_alg, token_profile, scopes });

      it('accepts an access token, and hands its claims on with the scopes as an array', async () => {
        const { access_token } = await login(['openid', 'phone']);
        const { header, payload } = decode(access_token);
        expect(header).toMatchObject({ alg: signing_alg, typ: token_profile === 'ciam' ? 'JWT' : 'at+jwt' });
        const answer = accepted({ ...payload, scope: ['openid', 'phone'] });
        expect(await resource.get('/account', `Bearer ${access_token}`)).toEqual(answer);
        expect(await resource.get('/orders/phone', `Bearer ${access_token}`)).toEqual(answer);
      });

      it('answers 403 when the scope is missing, even if another one begins like it', async () => {
        const { access_token } = await login(['openid', 'phonebook', 'orders']);
        const answer = insufficientScope('phone');
        expect(await resource.get('/orders/phone', `Bearer ${access_token}`)).toEqual(answer);
      });

      it('answers 403 when the scope that the controller asks for is missing', async () => {
        const { access_token } = await login(['openid', 'phone']);
        expect(await resource.get('/orders', `Bearer ${access_token}`)).toEqual(insufficientScope('orders'));
      });

      it('refuses an ID token', async () => {
        const { id_token } = await login(['openid']);
        expect(await resource.get('/account', `Bearer ${id_token}`)).toEqual(invalidToken);
      });
    });
  });

  it('refuses a token of an application that it does not know', async () => {
    const { access_token } = await tokens({}, OTHER_CLIENT_ID);
    expect(await resource.get('/account', `Bearer ${access_token}`)).toEqual(invalidToken);
  });

  it.each([['bearer'], ['BEARER'], ['Bearer ']])('accepts the scheme written "%s"', async (scheme) => {
    const { access_token } = await tokens();
    const answer = accepted(decode(access_token).payload);
    expect(await resource.get('/account', `${scheme} ${access_token}`)).toEqual(answer);
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNzd29yZA=='],
    ['a scheme that only begins so', 'Bearers token'],
    ['no token', 'Bearer'],
  ])('gives no reason to a request with %s', async (_, authorization) => {
    expect(await resource.get('/account', authorization)).toEqual(unauthorized());
  });

  it.each([
    ['a word', 'nonsense'],
    ['two words', 'two words'],
    ['three parts that are not JSON', 'a.b.c'],
    ['three empty parts', '..'],
    ['beyond ASCII', 'é.é.é'],
    ['JSON', '{}'],
    ['long', `${'x'.repeat(8000)}.y.z`],
  ])('refuses what is no JWT but %s', async (_, text) => {
    expect(await resource.get('/account', `Bearer ${text}`)).toEqual(invalidToken);
  });

  it('refuses a token of another issuer, though the keys are the same', async () => {
    const { access_token } = await tokens();
    const stranger = await startResourceServer(issuer.replace('http:', 'HTTP:'), [CLIENT_ID]);
    expect(await stranger.get('/account', `Bearer ${access_token}`)).toEqual(invalidToken);
    await stranger.close();
  });

  it('refuses a token that has expired', async () => {
    const issue = async (iat: number) => {
      const { token } = await service.app.get(TokenIssuer).accessToken(SETTINGS, 'band', ['openid'], iat);
      return resource.get('/account', `Bearer ${token}`);
    };
    const now = Math.floor(Date.now() / 1000);
    expect(await issue(now)).toMatchObject({ status: 200, body: { sub: 'band', exp: now + 300 } });
    expect(await issue(now - 360)).toEqual(invalidToken);
  });

  describe('given an access token that somebody changed', () => {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

    it.each<[string, (token: string) => string | Promise<string>]>([
      [
        'other claims',
        (token) => {
          const [header, , signature] = token.split('.');
          return [header, encoded({ ...decode(token).payload, sub: 'somebody-else' }), signature].join('.');
        },
      ],
      ['no signature', (token) => token.replace(/[^.]+$/, '')],
      [
        'no signature and alg none',
        (token) => {
          const { header, payload } = decode(token);
          return `${encoded({ ...header, alg: 'none' })}.${encoded(payload)}.`;
        },
      ],
      [
        'a signature of HS256 by the public key',
        async (token) => {
          const { header, payload } = decode(token);
          const response = await fetch(`${service.url}/oauth2/jwks`);
          const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
          const key = createPublicKey({ key: keys.find(({ kid }) => kid === header.kid)!, format: 'jwk' });
          const pem = key.export({ type: 'spki', format: 'pem' });
          return new SignJWT(payload).setProtectedHeader({ ...header, alg: 'HS256' }).sign(Buffer.from(pem));
        },
      ],
    ])('refuses it with %s', async (_, change) => {
      const { access_token } = await tokens();
      expect((await resource.get('/account', `Bearer ${access_token}`)).status).toBe(200);
      expect(await resource.get('/account', `Bearer ${await change(access_token)}`)).toEqual(invalidToken);
    });
  });
});
