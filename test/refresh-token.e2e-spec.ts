import { jest } from '@jest/globals';
import { ClientAuthenticator } from '../src/oauth/client-authenticator.js';
import { hashToken } from '../src/tokens/opaque-token.js';
import { moveClock, resetClock } from '../src/testing/clock.js';
import { decode } from './support/jwt.js';
import {
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';

const settings = {
  scopes: ['openid', 'profile', 'phone'],
  grant_types: [JSCODE_GRANT, 'refresh_token'],
  refresh_token_ttl: 3600,
  refresh_token_max_ttl: 7200,
};

let service: RunningService;

beforeAll(async () => {
  service = await startService();
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(async () => {
  resetClock();
  const other = anApplication({ ...settings, client_id: 'other' });
  await service.register({ applications: [anApplication(settings), other], authSources: [anAuthSource()] });
  await service.dataSource.query(`UPDATE users SET status = 'NORMAL'`);
});

afterAll(() => service.close());

interface Tokens {
  access_token: string;
  refresh_token: string;
  scope: string;
  id_token: string;
}

const refreshed = (refresh_token: string, extra: object = {}) =>
  service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token, ...extra });

async function login(): Promise<Tokens> {
  const response = await service.login('band');
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

async function refresh(token: string, extra: object = {}): Promise<Tokens> {
  const response = await refreshed(token, extra);
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

async function expectInvalid(token: string, extra: object = {}): Promise<void> {
  const response = await refreshed(token, extra);
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: 'invalid_grant', error_description: 'Invalid refresh token' },
  ]);
}

describe('grant_type=refresh_token', () => {
  it('answers new tokens of the same user and a successor', async () => {
    const first = await login();
    const second = await refresh(first.refresh_token);
    expect(Object.keys(second)).toEqual(Object.keys(first));
    expect(second.refresh_token).toMatch(/^[A-Za-z0-9_-]{128}$/);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.scope).toBe('openid profile phone');
    for (const name of ['access_token', 'id_token'] as const) {
      const [{ payload: before }, { payload: now }] = [decode(first[name]), decode(second[name])];
      expect([now.iss, now.sub, now.aud]).toEqual([before.iss, before.sub, before.aud]);
      expect(now.jti).not.toBe(before.jti);
    }
  });

  it('a lost response is answered again with the same successor', async () => {
    const { refresh_token } = await login();
    const { refresh_token: successor } = await refresh(refresh_token);
    expect((await refresh(refresh_token)).refresh_token).toBe(successor);
    moveClock(20);
    expect((await refresh(refresh_token)).refresh_token).toBe(successor);
    expect((await refresh(successor)).refresh_token).not.toBe(successor);
  });

  it('kills the family when a token is used again after its successor was used', async () => {
    const { refresh_token } = await login();
    const { refresh_token: second } = await refresh(refresh_token);
    const { refresh_token: third } = await refresh(second);
    await expectInvalid(refresh_token);
    await expectInvalid(second);
    await expectInvalid(third);
    const events = await service.dataSource.query<{ detail: string }[]>(
      `SELECT detail FROM audit_events WHERE type = 'refresh_token_reuse'`,
    );
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0]!.detail)).toEqual({ session_id: expect.any(String) });
  });

  it('says once that a token was stolen, however often it is tried', async () => {
    const { refresh_token } = await login();
    const { refresh_token: second } = await refresh(refresh_token);
    await refresh(second);
    const events = async () =>
      (await service.dataSource.query(`SELECT id FROM audit_events WHERE type = 'refresh_token_reuse'`))
        .length as number;
    const before = await events();
    await Promise.all(Array.from({ length: 20 }, () => expectInvalid(refresh_token)));
    expect(await events()).toBe(before + 1);
  });

  it('kills the family when a consumed token comes back after the interval', async () => {
    const { refresh_token } = await login();
    const { refresh_token: second } = await refresh(refresh_token);
    moveClock(31);
    await expectInvalid(refresh_token);
    await expectInvalid(second);
  });

  it('an unknown or foreign token only fails', async () => {
    const { refresh_token } = await login();
    await expectInvalid('unknown');
    await expectInvalid(refresh_token, { client_id: 'other' });
    await refresh(refresh_token);
  });

  it.each([
    ['no token', { refresh_token: undefined }, 'Missing required parameter: refresh_token'],
    ['an empty token', { refresh_token: '' }, 'Missing required parameter: refresh_token'],
    ['a number', { refresh_token: 1 }, 'Invalid parameter: refresh_token'],
    ['too long a token', { refresh_token: 'x'.repeat(1025) }, 'Invalid parameter: refresh_token'],
    ['two tokens', { refresh_token: ['a', 'b'] }, 'Repeated parameter: refresh_token'],
    ['too long a scope', { scope: 'x'.repeat(1025) }, 'Invalid parameter: scope'],
  ])('%s', async (_, parameters, error_description) => {
    const response = await refreshed('unknown', parameters);
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description },
    ]);
  });

  it('an unused token expires, and a used one slides up to the end of the session', async () => {
    const idle = await login();
    const { refresh_token } = await login();
    moveClock(3500);
    const { refresh_token: second } = await refresh(refresh_token);
    moveClock(101);
    await expectInvalid(idle.refresh_token);
    moveClock(3300);
    const { refresh_token: third } = await refresh(second);
    moveClock(300);
    await expectInvalid(third);
  });

  it('narrows the access token and leaves the session as it was', async () => {
    const { refresh_token } = await login();
    const narrowed = await refresh(refresh_token, { scope: 'phone' });
    expect(narrowed.scope).toBe('phone');
    expect(narrowed).not.toHaveProperty('id_token');
    expect((await refresh(narrowed.refresh_token)).scope).toBe('openid profile phone');
  });

  it('does not widen', async () => {
    const { refresh_token } = (await (await service.login('band', { scope: 'openid' })).json()) as Tokens;
    const response = await refreshed(refresh_token, { scope: 'openid profile' });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_scope', error_description: 'Scope not allowed for this application' },
    ]);
    expect((await refresh(refresh_token)).scope).toBe('openid');
  });

  it.each([
    [
      'a locked user',
      () => service.dataSource.query(`UPDATE users SET status = 'LOCK'`),
      400,
      { error: 'invalid_grant', error_description: 'Abnormal user status' },
    ],
    [
      'a disabled auth source',
      () => service.register({ authSources: [anAuthSource({ enabled: false })] }),
      400,
      { error: 'invalid_grant', error_description: 'Auth source not found or disabled' },
    ],
    [
      'a missing auth source',
      () => service.unregister({ authSources: [AUTH_SOURCE_ID] }),
      400,
      { error: 'invalid_grant', error_description: 'Auth source not found or disabled' },
    ],
    [
      'refresh tokens switched off',
      () => service.register({ applications: [anApplication({ ...settings, refresh_token_ttl: 0 })] }),
      400,
      { error: 'unauthorized_client', error_description: 'Grant type not allowed for this application' },
    ],
    [
      'a disabled application',
      () => service.register({ applications: [anApplication({ ...settings, enabled: false })] }),
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed' },
    ],
  ])('%s: nothing is rotated', async (_, arrange, status, body) => {
    const { refresh_token } = await login();
    await arrange();
    const response = await refreshed(refresh_token);
    expect([response.status, await response.json()]).toEqual([status, body]);
    const rows = await service.dataSource.query(
      `SELECT consumed_at FROM refresh_tokens WHERE hash = '${hashToken(refresh_token)}'`,
    );
    expect(rows).toEqual([{ consumed_at: null }]);
  });

  it('an application that is disabled after it was authenticated: nothing is rotated', async () => {
    const { refresh_token } = await login();
    const clients = service.app.get(ClientAuthenticator);
    const authenticate = clients.authenticate.bind(clients);
    const spy = jest.spyOn(clients, 'authenticate').mockImplementation(async (...request) => {
      const application = await authenticate(...request);
      await service.register({ applications: [anApplication({ ...settings, enabled: false })] });
      return application;
    });
    const request = { grant_type: 'refresh_token', refresh_token };
    const Authorization = `Basic ${Buffer.from(`${CLIENT_ID}:`).toString('base64')}`;
    const response = await service.token(request, { Authorization });
    spy.mockRestore();
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="nest-ciam"');
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: 'invalid_client', error_description: 'Client authentication failed' },
    ]);
    await service.register({ applications: [anApplication(settings)] });
    const { refresh_token: successor } = await refresh(refresh_token);
    await refresh(successor);
  });

  it('any number of parallel refreshes with one token have one successor', async () => {
    const { refresh_token } = await login();
    const answers = await Promise.all(Array.from({ length: 30 }, () => refresh(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    await refresh(answers[0]!.refresh_token);
  });

  it('neither a token nor its successor is in the database', async () => {
    const { refresh_token } = await login();
    const { refresh_token: successor } = await refresh(refresh_token);
    const rows = JSON.stringify(await service.dataSource.query('SELECT * FROM refresh_tokens'));
    expect(rows).not.toContain(refresh_token);
    expect(rows).not.toContain(successor);
  });
});
