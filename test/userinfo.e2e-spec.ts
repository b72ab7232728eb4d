import { moveClock, resetClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, startService, type RunningService } from './support/service.js';
import { ownToken, registerSessions, withSessions } from './support/sessions.js';

let service: RunningService;

beforeAll(async () => {
  service = await startService();
});

beforeEach(async () => {
  resetClock();
  service.simulator.wechat.addUser({ id: 'band' });
  await registerSessions(service);
  await service.dataSource.query(
    `UPDATE users SET name = 'Band', nickname = 'B', picture = 'https://example.com/b.png', gender = 'male',
       locality = 'Guangzhou', region = 'Guangdong', country = 'CN', locale = 'zh_CN', phone_number = '+8613580006666',
       custom = '{"tier":"gold"}'`,
  );
});

afterAll(() => service.close());

const ERROR_URI = 'https://tools.ietf.org/html/rfc6750#section-3.1';
const challenge = (error: string, description: string) =>
  `Bearer error="${error}", error_description="${description}", error_uri="${ERROR_URI}"`;
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const userinfo = (token: string) => fetch(`${service.url}/userinfo`, { headers: bearer(token) });
const run = (statement: string) => service.dataSource.query(statement);

/** An answer whose body is empty and whose error is in the header. */
async function expectChallenge(response: Response, status: number, expected: string): Promise<void> {
  expect([response.status, response.headers.get('www-authenticate'), await response.text()]).toEqual([
    status,
    expected,
    '',
  ]);
  expect(response.headers.get('cache-control')).toBe('no-store');
}

const expectInvalid = async (token: string) =>
  expectChallenge(await userinfo(token), 401, challenge('invalid_token', 'Error decoding JWT'));

/** Everybody needs an attribute, so everybody signs in first. */
async function accessToken(extra: object = {}): Promise<string> {
  return (await service.loginAs('band', extra)).access_token;
}

describe('/userinfo', () => {
  const profile = {
    name: 'Band',
    nickname: 'B',
    picture: 'https://example.com/b.png',
    gender: 'male',
    locality: 'Guangzhou',
    region: 'Guangdong',
    country: 'CN',
    locale: 'zh_CN',
    custom: { tier: 'gold' },
  };
  const phone = { phone_number: '+8613580006666' };

  beforeAll(async () => {
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
    await accessToken();
  });

  it.each([
    ['openid profile phone', { ...profile, ...phone }],
    ['openid profile', profile],
    ['openid phone', phone],
    ['openid', {}],
  ])('tells with the scope %s whatever that allows, by GET and by POST', async (scope, claims) => {
    const token = await accessToken({ scope });
    const body = { sub: decode(token).payload.sub, ...claims };
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${service.url}/userinfo`, { method, headers: bearer(token) });
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': expect.stringMatching(/^application\/json/),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      expect(await seen(response)).toEqual({ status: 200, body });
    }
  });

  it('takes the token from the form of a POST, and from no URL', async () => {
    const token = await accessToken({ scope: 'openid' });
    expect((await service.post('/userinfo', { access_token: token })).status).toBe(200);
    await expectChallenge(
      await fetch(`${service.url}/userinfo?access_token=${token}`),
      400,
      challenge('invalid_request', 'Bearer token not found in the request'),
    );
  });

  it('id_token_claims and the profile of the token do not matter', async () => {
    await service.register({
      applications: [
        anApplication({
          ...withSessions,
          id_token_claims: ['nickname'],
          token_profile: 'rfc9068',
          signing_alg: 'ES256',
        }),
      ],
    });
    const { status, body } = await seen(await userinfo(await accessToken()));
    expect([status, body]).toEqual([200, { sub: expect.any(String), ...profile, ...phone }]);
  });

  it('values that the user does not have are left out', async () => {
    const token = await accessToken();
    await run(`UPDATE users SET nickname = NULL, phone_number = '', custom = '{}'`);
    expect(await seen(await userinfo(token))).toEqual({
      status: 200,
      body: { sub: decode(token).payload.sub, ...profile, nickname: undefined, custom: undefined },
    });
  });

  it.each<[string, RequestInit]>([
    ['no token', {}],
    ['another scheme', { headers: { Authorization: 'Basic YTpi' } }],
    ['a form without token', { method: 'POST', body: new URLSearchParams({ access_token: '' }) }],
    [
      'a JSON body',
      { method: 'POST', body: '{"access_token":"a"}', headers: { 'Content-Type': 'application/json' } },
    ],
  ])('%s: 400', async (_, init) => {
    await expectChallenge(
      await fetch(`${service.url}/userinfo`, init),
      400,
      challenge('invalid_request', 'Bearer token not found in the request'),
    );
  });

  it('two tokens: 400', async () => {
    const token = await accessToken();
    await expectChallenge(
      await service.post('/userinfo', { access_token: token }, bearer(token)),
      400,
      challenge('invalid_request', 'Found multiple bearer tokens in the request'),
    );
  });

  const FORM = 'application/x-www-form-urlencoded';
  it.each<[string, string, Record<string, string>]>([
    ['too large', 'a'.repeat(70_000), {}],
    ['compressed', 'a', { 'Content-Encoding': 'gzip' }],
    ['in another charset', 'a', { 'Content-Type': `${FORM}; charset=gbk` }],
  ])('a form that is %s: 400', async (_, access_token, headers) => {
    await expectChallenge(
      await service.post('/userinfo', { access_token }, headers),
      400,
      challenge('invalid_request', 'Malformed request body'),
    );
  });

  it('a form that names its charset UTF-8 is like one that names none', async () => {
    const access_token = await accessToken();
    const headers = { 'Content-Type': `${FORM};charset="utf-8"` };
    expect((await service.post('/userinfo', { access_token }, headers)).status).toBe(200);
  });

  it('malformed, forged, foreign and expired tokens: 401', async () => {
    const { access_token, id_token, refresh_token } = await service.loginAs('band');
    for (const token of ['', 'nonsense', 'a b', '..', `${access_token}x`, id_token, refresh_token]) {
      await expectInvalid(token);
    }
    moveClock(300);
    await expectInvalid(access_token);
  });

  it('a revoked token, and one of a revoked session: 401', async () => {
    const { access_token } = await service.loginAs('band');
    await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token: access_token });
    await expectInvalid(access_token);
    const second = await service.loginAs('band');
    await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token: second.refresh_token });
    await expectInvalid(second.access_token);
  });

  it.each(['LOCK', 'FREEZE'])('a user with the status %s: 401 as long as that lasts', async (status) => {
    const token = await accessToken();
    await run(`UPDATE users SET status = '${status}'`);
    await expectInvalid(token);
    await run(`UPDATE users SET status = 'NORMAL'`);
    expect((await userinfo(token)).status).toBe(200);
  });

  it('a disabled application: 401', async () => {
    const token = await accessToken();
    await service.register({ applications: [anApplication({ ...withSessions, enabled: false })] });
    await expectInvalid(token);
  });

  it('a disabled auth source changes nothing for tokens that are out', async () => {
    const token = await accessToken();
    await service.register({ authSources: [anAuthSource({ enabled: false })] });
    expect((await userinfo(token)).status).toBe(200);
  });

  it('without the scope openid, as without user: 403', async () => {
    for (const token of [await accessToken({ scope: 'profile phone' }), await ownToken(service)]) {
      await expectChallenge(
        await userinfo(token),
        403,
        challenge(
          'insufficient_scope',
          'The request requires higher privileges than provided by the access token.',
        ),
      );
    }
  });

  it('a deleted user: 404', async () => {
    const token = await accessToken();
    await run('DELETE FROM external_identities');
    await run('DELETE FROM users');
    const response = await userinfo(token);
    expect(response.headers.has('www-authenticate')).toBe(false);
    expect(await seen(response)).toEqual({ status: 404, body: { error: 'user_not_found' } });
    await accessToken();
  });

  it('another method: 405', async () => {
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      const response = await fetch(`${service.url}/userinfo`, {
        method,
        headers: bearer(await accessToken()),
      });
      expect(response.headers.get('allow')).toBe('GET, POST');
      expect(await seen(response)).toEqual({
        status: 405,
        body: { error: 'invalid_request', error_description: 'Method not allowed' },
      });
    }
  });
});
