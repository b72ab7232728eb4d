import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { moveClock, resetClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, startService, type RunningService } from './support/service.js';
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
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(async () => {
  resetClock();
  await registerSessions(service);
});

afterAll(() => service.close());

const INACTIVE = { active: false };
const ACTIVE = expect.objectContaining({ active: true });
const revoke = (token: string, extra: Record<string, string> = {}) =>
  service.post('/oauth2/revoke', { client_id: CLIENT_ID, token, ...extra });
const active = (...tokens: string[]) => Promise.all(tokens.map((token) => introspected(service, token)));
const events = () =>
  service.dataSource.query<Record<string, unknown>[]>(
    `SELECT client_id, user_id, address, detail FROM audit_events WHERE type = 'token_revoked' ORDER BY id`,
  );

async function expectRevoked(response: Response): Promise<void> {
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-length': '0',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  expect(response.headers.has('content-type')).toBe(false);
}

describe('POST /oauth2/revoke', () => {
  it('an access token ends alone: its session goes on', async () => {
    const first = await service.loginAs('band');
    const second = await refreshed(service, first.refresh_token);
    await expectRevoked(await revoke(first.access_token));
    expect(await active(first.access_token, second.access_token, second.refresh_token)).toEqual([
      INACTIVE,
      ACTIVE,
      ACTIVE,
    ]);
    await refreshed(service, second.refresh_token);
  });

  it('an access token without session ends too', async () => {
    await service.register({ applications: [anApplication({ refresh_token_ttl: 0 })] });
    const [one, other] = [await service.loginAs('band'), await service.loginAs('band')];
    await expectRevoked(await revoke(one.access_token));
    expect(await active(one.access_token, other.access_token)).toEqual([INACTIVE, ACTIVE]);
  });

  it.each(['the current', 'a consumed'])('%s refresh token ends its whole session', async (which) => {
    const first = await service.loginAs('band');
    const second = await refreshed(service, first.refresh_token);
    const third = await refreshed(service, second.refresh_token);
    const elsewhere = await service.loginAs('band');
    await expectRevoked(await revoke(which === 'the current' ? third.refresh_token : first.refresh_token));
    const session = [first, second, third].flatMap((tokens) => [tokens.access_token, tokens.refresh_token]);
    expect(await active(...session)).toEqual(session.map(() => INACTIVE));
    expect(await active(elsewhere.access_token, elsewhere.refresh_token)).toEqual([ACTIVE, ACTIVE]);
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: third.refresh_token };
    expect(await seen(await service.token(refresh))).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
    });
  });

  it('reuse of a stolen refresh token takes the access tokens of the session with it', async () => {
    const first = await service.loginAs('band');
    const second = await refreshed(service, first.refresh_token);
    const third = await refreshed(service, second.refresh_token);
    await expect(refreshed(service, first.refresh_token)).rejects.toThrow('Invalid refresh token');
    const tokens = [first, second, third].map(({ access_token }) => access_token);
    expect(await active(...tokens)).toEqual([INACTIVE, INACTIVE, INACTIVE]);
  });

  it('every access token of a lost and repeated answer ends with the session', async () => {
    const first = await service.loginAs('band');
    const answers = [
      await refreshed(service, first.refresh_token),
      await refreshed(service, first.refresh_token),
    ];
    await expectRevoked(await revoke(answers[0]!.refresh_token));
    expect(await active(...answers.map(({ access_token }) => access_token))).toEqual([INACTIVE, INACTIVE]);
  });

  it("another client's token is refused, and nothing is revoked", async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    const foreign = await ownToken(service);
    const basic = `Basic ${Buffer.from(`${RESOURCE_SERVER.client_id}:${RESOURCE_SERVER.client_secret}`).toString('base64')}`;
    const body = { error: 'invalid_client', error_description: 'Client authentication failed' };
    for (const token of [access_token, refresh_token]) {
      expect(await seen(await revoke(token, RESOURCE_SERVER))).toEqual({ status: 401, body });
      const response = await service.post('/oauth2/revoke', { token }, { Authorization: basic });
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="nest-ciam"');
      expect(await seen(response)).toEqual({ status: 401, body });
    }
    expect(await seen(await revoke(foreign))).toEqual({ status: 401, body });
    expect(await active(access_token, refresh_token, foreign)).toEqual([ACTIVE, ACTIVE, ACTIVE]);
  });

  it('the token of a confidential application wants its secret', async () => {
    const token = await ownToken(service);
    const { client_id } = RESOURCE_SERVER;
    expect((await revoke(token, { client_id })).status).toBe(401);
    expect(await active(token)).toEqual([ACTIVE]);
    await expectRevoked(await revoke(token, RESOURCE_SERVER));
    expect(await active(token)).toEqual([INACTIVE]);
  });

  it.each([
    ['unknown', () => 'unknown'],
    ['no JWT', () => 'a.b.c'],
    ['of no known key', () => 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA'],
    ['an ID token', async () => (await service.loginAs('band')).id_token],
    [
      'of a changed payload',
      async () => (await service.loginAs('band')).access_token.replace(/\.\w{8}/, '.eyJhbGci'),
    ],
  ])('a token that is %s is no error', async (_, token) => {
    const before = await events();
    await expectRevoked(await revoke(await token()));
    expect(await events()).toEqual(before);
  });

  it('an expired access token is no error', async () => {
    const { access_token } = await service.loginAs('band');
    moveClock(301);
    const before = await events();
    await expectRevoked(await revoke(access_token));
    expect(await events()).toEqual(before);
  });

  it.each([['refresh_token'], [7], ['x'.repeat(200)], [['access_token', 'refresh_token']]])(
    'takes JSON, ignores the hint %j and whatever else is there',
    async (token_type_hint) => {
      const { access_token } = await service.loginAs('band');
      const response = await fetch(`${service.url}/oauth2/revoke`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          client_id: CLIENT_ID,
          token: access_token,
          token_type_hint,
          more: [1, 2],
        }),
      });
      await expectRevoked(response);
      expect(await active(access_token)).toEqual([INACTIVE]);
    },
  );

  it('is audited once: an access token by its jti, a refresh token by its session', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    const own = await ownToken(service);
    const before = (await events()).length;
    for (const token of [access_token, access_token, refresh_token, refresh_token]) await revoke(token);
    await revoke(own, RESOURCE_SERVER);
    const { sub, jti } = decode(access_token).payload;
    const recorded = (await events()).slice(before);
    expect(
      recorded.map(({ detail, ...event }) => ({ ...event, detail: JSON.parse(String(detail)) as unknown })),
    ).toEqual([
      {
        client_id: CLIENT_ID,
        user_id: sub,
        address: '127.0.0.1',
        detail: { token_type: 'access_token', jti },
      },
      {
        client_id: CLIENT_ID,
        user_id: sub,
        address: '127.0.0.1',
        detail: { token_type: 'refresh_token', session_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
      {
        client_id: RESOURCE_SERVER.client_id,
        user_id: null,
        address: '127.0.0.1',
        detail: { token_type: 'access_token', jti: decode(own).payload.jti },
      },
    ]);
  });

  it('at once from many sides is revoked once', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    const before = (await events()).length;
    const requests = Array.from({ length: 20 }, (_, index) =>
      revoke(index % 2 ? access_token : refresh_token),
    );
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(requests.map(() => 200));
    expect(await active(access_token, refresh_token)).toEqual([INACTIVE, INACTIVE]);
    expect(await events()).toHaveLength(before + 2);
  });

  it('while the session is being refreshed ends whatever that brings', async () => {
    for (let round = 0; round < 5; round++) {
      const { refresh_token } = await service.loginAs('band');
      const refresh = () =>
        service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
      // However the race ends, some rounds bring tokens.
      const before = round % 2 ? [await refresh()] : [];
      const responses = await Promise.all([
        refresh(),
        refresh(),
        revoke(refresh_token),
        refresh(),
        refresh(),
      ]);
      const answers = await Promise.all(
        [...before, ...responses].map(async (response) => [response.status, await response.text()]),
      );
      expect(answers.filter(([status]) => status !== 200 && status !== 400)).toEqual([]);
      const brought = answers.filter(([, text]) => String(text).includes('access_token'));
      expect(brought.length).toBeGreaterThanOrEqual(before.length);
      for (const tokens of brought.map(([, text]) => JSON.parse(String(text)) as IssuedTokens)) {
        expect(await active(tokens.access_token, tokens.refresh_token)).toEqual([INACTIVE, INACTIVE]);
      }
    }
  });

  it.each<[string, Record<string, string>, object]>([
    ['no token', { client_id: CLIENT_ID }, { status: 400, text: 'Missing required parameter: token' }],
    [
      'an empty token',
      { client_id: CLIENT_ID, token: '' },
      { status: 400, text: 'Missing required parameter: token' },
    ],
    ['no client', { token: 'unknown' }, { status: 400, text: 'Missing required parameter: client_id' }],
  ])('%s', async (_, form, expected) => {
    const { status, body } = await seen(await service.post('/oauth2/revoke', form));
    const { error, error_description } = body as Record<string, string>;
    expect([{ status, text: error_description }, error]).toEqual([expected, 'invalid_request']);
  });

  it('an unknown or disabled client', async () => {
    const { refresh_token } = await service.loginAs('band');
    await service.register({ applications: [anApplication({ ...withSessions, enabled: false })] });
    for (const client_id of ['unknown', CLIENT_ID]) {
      expect(await seen(await revoke(refresh_token, { client_id }))).toEqual({
        status: 401,
        body: { error: 'invalid_client', error_description: 'Client authentication failed' },
      });
    }
  });

  it.each(['/oauth2/revoke', '/oauth2/introspect'])('%s answers POST alone', async (path) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(service.url + path, { method });
      expect(response.headers.get('allow')).toBe('POST');
      expect(await seen(response)).toEqual({
        status: 405,
        body: { error: 'invalid_request', error_description: 'Method not allowed' },
      });
    }
  });

  it.each(['/oauth2/revoke', '/oauth2/introspect'])('%s: a parameter that is repeated', async (path) => {
    const body = `client_id=${RESOURCE_SERVER.client_id}&client_secret=${RESOURCE_SERVER.client_secret}&token=a&token=b`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await seen(await fetch(service.url + path, { method: 'POST', headers, body }))).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Repeated parameter: token' },
    });
  });
});
