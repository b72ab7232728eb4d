import { moveClock, resetClock } from '../src/testing/clock.js';
import { AUTH_SOURCE_ID, CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, startService, type RunningService } from './support/service.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import {
  RESOURCE_SERVER,
  introspected,
  ownToken,
  refreshed,
  registerSessions,
  withSessions,
} from './support/sessions.js';

let service: RunningService;

beforeAll(async () => {
  service = await startService();
});

beforeEach(async () => {
  resetClock();
  service.simulator.wechat.addUser({ id: 'band' });
  await registerSessions(service);
});

afterAll(() => service.close());

const INACTIVE = { active: false };
const ask = (token: string) => introspected(service, token);
const run = (statement: string) => service.dataSource.query(statement);

describe('POST /oauth2/introspect', () => {
  it('tells what an access token says', async () => {
    const { access_token } = await service.loginAs('band');
    const { sub, jti, iat } = decode(access_token).payload;
    expect(await ask(access_token)).toEqual({
      active: true,
      scope: 'openid profile phone',
      client_id: CLIENT_ID,
      token_type: 'Bearer',
      exp: Number(iat) + 300,
      iat,
      nbf: iat,
      sub,
      aud: CLIENT_ID,
      iss: ISSUER,
      jti,
    });
  });

  it.each([
    { token_profile: 'rfc9068', signing_alg: 'RS256' },
    { token_profile: 'rfc9068', signing_alg: 'ES256' },
    { token_profile: 'ciam', signing_alg: 'ES256' },
  ] as const)('reads the same of a token of %j', async (settings) => {
    await service.register({ applications: [anApplication({ ...withSessions, ...settings })] });
    const { access_token } = await service.loginAs('band');
    expect(await ask(access_token)).toMatchObject({ active: true, scope: 'openid profile phone' });
  });

  it('tells of a refresh token whose session it continues, and until when', async () => {
    const { access_token, refresh_token } = await service.loginAs('band', { scope: 'openid phone' });
    const answer = (await ask(refresh_token)) as { iat: number };
    expect(answer).toEqual({
      active: true,
      scope: 'openid phone',
      client_id: CLIENT_ID,
      exp: answer.iat + 3600,
      iat: expect.any(Number),
      sub: decode(access_token).payload.sub,
    });
  });

  it('tells of a token without user', async () => {
    expect(await ask(await ownToken(service))).toMatchObject({
      active: true,
      scope: 'reports',
      client_id: RESOURCE_SERVER.client_id,
      sub: RESOURCE_SERVER.client_id,
    });
  });

  it('a consumed refresh token is not active, whether it would be answered again or not', async () => {
    const { refresh_token } = await service.loginAs('band');
    const { refresh_token: successor } = await refreshed(service, refresh_token);
    expect([await ask(refresh_token), await ask(successor)]).toEqual([
      INACTIVE,
      expect.objectContaining({ active: true }),
    ]);
  });

  it('tokens are active until they expire', async () => {
    moveClock(0);
    const { access_token, refresh_token } = await service.loginAs('band');
    moveClock(298);
    expect(await ask(access_token)).toMatchObject({ active: true });
    moveClock(2);
    expect([await ask(access_token), await ask(refresh_token)]).toEqual([
      INACTIVE,
      expect.objectContaining({ active: true }),
    ]);
    moveClock(3300);
    expect(await ask(refresh_token)).toEqual(INACTIVE);
  });

  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      'a locked user',
      () => run(`UPDATE users SET status = 'LOCK'`),
      () => run(`UPDATE users SET status = 'NORMAL'`),
    ],
    [
      'a frozen user',
      () => run(`UPDATE users SET status = 'FREEZE'`),
      () => run(`UPDATE users SET status = 'NORMAL'`),
    ],
    [
      'a disabled application',
      () => service.register({ applications: [anApplication({ ...withSessions, enabled: false })] }),
      () => service.register({ applications: [anApplication(withSessions)] }),
    ],
  ])('tokens of %s are not active as long as that lasts', async (_, begin, end) => {
    const { access_token, refresh_token } = await service.loginAs('band');
    await begin();
    expect([await ask(access_token), await ask(refresh_token)]).toEqual([INACTIVE, INACTIVE]);
    await end();
    expect([await ask(access_token), await ask(refresh_token)]).toMatchObject([
      { active: true },
      { active: true },
    ]);
  });

  it('tokens of a deleted user or application are not active', async () => {
    const deletedUser = await service.loginAs('band');
    await run('DELETE FROM users');
    expect([await ask(deletedUser.access_token), await ask(deletedUser.refresh_token)]).toEqual([
      INACTIVE,
      INACTIVE,
    ]);
    await run('DELETE FROM external_identities');
    const orphaned = await service.loginAs('band');
    await run(`DELETE FROM auth_source_applications`);
    await service.unregister({ applications: [CLIENT_ID] });
    expect([await ask(orphaned.access_token), await ask(orphaned.refresh_token)]).toEqual([
      INACTIVE,
      INACTIVE,
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'its auth source is disabled',
      () => service.register({ authSources: [anAuthSource({ enabled: false })] }),
    ],
    ['its auth source is gone', () => service.unregister({ authSources: [AUTH_SOURCE_ID] })],
    [
      'its application has none of its scopes any more',
      () => service.register({ applications: [anApplication({ ...withSessions, scopes: ['reports'] })] }),
    ],
    [
      'refresh tokens are switched off',
      () => service.register({ applications: [anApplication({ ...withSessions, refresh_token_ttl: 0 })] }),
    ],
  ])('a refresh token is not active when %s; the access token is', async (_, arrange) => {
    const { access_token, refresh_token } = await service.loginAs('band');
    await arrange();
    expect([await ask(access_token), await ask(refresh_token)]).toEqual([
      expect.objectContaining({ active: true }),
      INACTIVE,
    ]);
  });

  it('ID tokens, tokens of others and nonsense are not active', async () => {
    const { id_token, access_token } = await service.loginAs('band');
    const [header = '', payload = '', signature = ''] = access_token.split('.');
    const claims = { ...decode(access_token).payload, scope: ['openid', 'admin'] };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const token of [
      id_token,
      `${header}.${changed}.${signature}`,
      `${none}.${payload}.`,
      `${header}.${payload}`,
      'nonsense',
      '..',
      '{}',
    ]) {
      expect(await ask(token)).toEqual(INACTIVE);
    }
  });

  it('only a confidential application may ask, and it may ask about any token', async () => {
    const { access_token: token } = await service.loginAs('band');
    const refused = {
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    };
    const { client_id } = RESOURCE_SERVER;
    const clients: Record<string, string>[] = [
      { client_id: CLIENT_ID },
      { client_id },
      { client_id, client_secret: 'wrong' },
      { client_id: 'unknown', client_secret: 'wrong' },
    ];
    for (const client of clients) {
      expect(await seen(await service.post('/oauth2/introspect', { ...client, token }))).toEqual(refused);
    }
    const basic = Buffer.from(`${CLIENT_ID}:`).toString('base64');
    const response = await service.post('/oauth2/introspect', { token }, { Authorization: `Basic ${basic}` });
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="nest-ciam"');
    expect(await seen(response)).toEqual(refused);
  });

  it('the answer is not to be kept', async () => {
    const response = await service.post('/oauth2/introspect', { ...RESOURCE_SERVER, token: 'unknown' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
    });
    expect(await seen(response)).toEqual({ status: 200, body: INACTIVE });
  });

  it('no token', async () => {
    expect(await seen(await service.post('/oauth2/introspect', RESOURCE_SERVER))).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Missing required parameter: token' },
    });
  });
});
