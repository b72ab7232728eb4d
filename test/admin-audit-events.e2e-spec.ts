import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { AUDIT_EVENT_TYPES } from '../src/audit/audit-event-types.js';
import { SigningKeyUpkeep } from '../src/maintenance/signing-key-upkeep.service.js';
import { UUID, startAdministrated, without, type AdminClient } from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { type RunningService } from './support/service.js';
import { RESOURCE_SERVER, refreshed, registerSessions } from './support/sessions.js';
import { signingKeysOf } from './support/signing-keys.js';

const NOW = '2030-01-01T00:00:00.000Z';
const OTHER_APP_ID = 'wx0000000000000002';
const UNIONID = 'ocMvos6NjeKLIBqg5Mr9QjxrP1FA';

let service: RunningService;
let admin: AdminClient;
/** The types that some test has seen. */
const seenTypes = new Set<string>();

beforeAll(async () => {
  stopClock(Date.parse(NOW));
  ({ service, admin } = await startAdministrated({ TRUST_PROXY: 'loopback' }));
});

beforeEach(async () => {
  stopClock(Date.parse(NOW));
  const { wechat } = service.simulator;
  wechat.addUser({
    id: 'band',
    unionids: { default: UNIONID },
    profile: { nickName: 'MarkedNickname' },
    phone: { countryCode: '86', purePhoneNumber: '13912345678' },
  });
  wechat.addApp({ appid: APP_ID, unionid: false });
  wechat.addApp({ appid: OTHER_APP_ID, secret: APP_SECRET, unionid: true });
  await registerSessions(service);
  await service.register({
    authSources: [
      anAuthSource({
        attribute_mapping: [
          { from: 'nickName', to: 'nickname' },
          { from: 'phoneNumber', to: 'phone_number' },
        ],
      }),
      anAuthSource({ id: 'other', app_id: OTHER_APP_ID }),
    ],
  });
});

afterEach(async () => {
  resetClock();
  for (const table of ['applications', 'auth_sources', 'users', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

/** Who uses the mini program, and who administrates. */
const PERSON = { 'X-Forwarded-For': '2001:db8::7', 'User-Agent': `mini program ${'x'.repeat(600)}` };
const OPERATOR = { 'X-Forwarded-For': '192.0.2.1', 'User-Agent': 'operator' };
const byPerson = { address: '2001:db8::7', user_agent: PERSON['User-Agent'].slice(0, 512) };
const byOperator = { address: '192.0.2.1', user_agent: 'operator' };

const anEvent = (type: string, overrides: object) => ({
  id: UUID,
  type,
  created_at: NOW,
  client_id: null,
  auth_source_id: null,
  user_id: null,
  address: null,
  user_agent: null,
  ...overrides,
});

/** All events, the oldest first. */
async function events(): Promise<unknown[]> {
  const { body } = await admin.done<{ items: { type: string }[]; next_cursor: unknown }>(
    'GET',
    '/audit-events?limit=200',
  );
  expect(body.next_cursor).toBeNull();
  for (const { type } of body.items) seenTypes.add(type);
  return body.items.reverse();
}

/** From now on nothing has happened. */
const forget = () => service.dataSource.query('DELETE FROM audit_events');

const operate = (method: string, path: string, body?: unknown) => admin.call(method, path, body, OPERATOR);

/** Signs the person in. @returns the user's id */
async function login(extra: object = {}, appid = APP_ID): Promise<string> {
  const body = { ...loginRequest(service.simulator.wechat.login(appid, 'band')), ...extra };
  const tokens = (await (await service.token(body, PERSON)).json()) as IssuedTokens;
  return String(decode(tokens.access_token).payload.sub);
}

function profileAndPhone(): object {
  const { wechat } = service.simulator;
  return {
    getUserInfo: true,
    ...wechat.encryptedData(APP_ID, 'band', 'real'),
    getPhoneNumber: true,
    phone_code: wechat.phoneCode(APP_ID, 'band'),
  };
}

const subject = (user_id: string) => ({ client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id });
const success = { grant_type: JSCODE_GRANT, scope: 'openid profile phone' };

describe('a login', () => {
  it('user_created and login_succeeded of somebody new, with the phone number masked', async () => {
    // The session key comes with the login, so that comes first.
    const jsCode = service.simulator.wechat.login(APP_ID, 'band');
    const user_id = await login({ js_code: jsCode, ...profileAndPhone() });
    const common = { ...subject(user_id), ...byPerson };
    expect(await events()).toEqual([
      anEvent('user_created', {
        ...common,
        detail: { attributes: ['nickname', 'phone_number'], phone_number: '+86*******5678' },
      }),
      anEvent('login_succeeded', { ...common, detail: success }),
    ]);
  });

  it('user_updated of somebody whom WeChat knows more of now', async () => {
    const user_id = await login();
    await forget();
    const jsCode = service.simulator.wechat.login(APP_ID, 'band');
    await login({ js_code: jsCode, ...profileAndPhone(), scope: 'openid' });
    const common = { ...subject(user_id), ...byPerson };
    expect(await events()).toEqual([
      anEvent('user_updated', {
        ...common,
        detail: { attributes: ['nickname', 'phone_number'], phone_number: '+86*******5678' },
      }),
      anEvent('login_succeeded', { ...common, detail: { ...success, scope: 'openid' } }),
    ]);
  });

  it('login_succeeded alone of somebody of whom nothing is new', async () => {
    const user_id = await login();
    await forget();
    expect(await login()).toBe(user_id);
    expect(await events()).toEqual([
      anEvent('login_succeeded', { ...subject(user_id), ...byPerson, detail: success }),
    ]);
  });

  it('login_failed, with what the caller was told and what it was not', async () => {
    const user_id = await login();
    await operate('PATCH', `/users/${user_id}`, { status: 'FREEZE' });
    await forget();
    await service.token(loginRequest(service.simulator.wechat.login(APP_ID, 'band')), PERSON);
    await service.token({ ...loginRequest('a'), auth_source_id: 'other-mini-program' }, PERSON);
    const failure = { grant_type: JSCODE_GRANT, error: 'invalid_grant' };
    expect(await events()).toEqual([
      anEvent('login_failed', {
        ...subject(user_id),
        ...byPerson,
        detail: {
          ...failure,
          error_description: 'Abnormal user status',
          reason: "the user's status is FREEZE",
        },
      }),
      anEvent('login_failed', {
        ...byPerson,
        client_id: CLIENT_ID,
        detail: {
          ...failure,
          error: 'invalid_auth_source',
          error_description: 'Auth source not found or disabled',
          reason: 'unknown',
        },
      }),
    ]);
  });

  it('identity_linked when a unionid comes later', async () => {
    const user_id = await login();
    await forget();
    service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    await login();
    const common = { ...subject(user_id), ...byPerson };
    expect(await events()).toEqual([
      anEvent('identity_linked', { ...common, detail: { identities: ['wechat_unionid'] } }),
      anEvent('login_succeeded', { ...common, detail: success }),
    ]);
  });

  it('identity_conflict names both users', async () => {
    const conflicting_user_id = await login();
    const user_id = await login({ auth_source_id: 'other' }, OTHER_APP_ID);
    await forget();
    service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    expect(await login()).toBe(user_id);
    const common = { ...subject(user_id), ...byPerson };
    expect(await events()).toEqual([
      anEvent('identity_conflict', { ...common, detail: { conflicting_user_id } }),
      anEvent('login_succeeded', { ...common, detail: success }),
    ]);
  });
});

describe('a session', () => {
  let tokens: IssuedTokens;
  let user_id: string;
  let session_id: string;

  beforeEach(async () => {
    tokens = await service.loginAs('band');
    user_id = String(decode(tokens.access_token).payload.sub);
    const { body } = await admin.done<{ items: { id: string }[] }>('GET', `/users/${user_id}/sessions`);
    session_id = body.items[0]!.id;
    await forget();
  });

  const revoke = (token: string) => service.post('/oauth2/revoke', { client_id: CLIENT_ID, token }, PERSON);

  it('refresh_token_reuse when a consumed token comes back', async () => {
    await refreshed(service, (await refreshed(service, tokens.refresh_token)).refresh_token);
    const { refresh_token } = tokens;
    const body = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token };
    expect((await service.token(body, PERSON)).status).toBe(400);
    expect(await events()).toEqual([
      anEvent('refresh_token_reuse', { ...subject(user_id), ...byPerson, detail: { session_id } }),
    ]);
  });

  it('token_revoked of an access token, once', async () => {
    const { jti } = decode(tokens.access_token).payload;
    await revoke(tokens.access_token);
    await revoke(tokens.access_token);
    expect(await events()).toEqual([
      anEvent('token_revoked', {
        ...byPerson,
        client_id: CLIENT_ID,
        user_id,
        detail: { token_type: 'access_token', jti },
      }),
    ]);
  });

  it('token_revoked of an access token without user', async () => {
    const token = (
      (await (
        await service.token({ grant_type: 'client_credentials', ...RESOURCE_SERVER })
      ).json()) as IssuedTokens
    ).access_token;
    await service.post('/oauth2/revoke', { ...RESOURCE_SERVER, token }, PERSON);
    expect(await events()).toEqual([
      anEvent('token_revoked', {
        ...byPerson,
        client_id: RESOURCE_SERVER.client_id,
        detail: { token_type: 'access_token', jti: decode(token).payload.jti },
      }),
    ]);
  });

  it('token_revoked of a refresh token, once for its session', async () => {
    const { refresh_token } = await refreshed(service, tokens.refresh_token);
    await revoke(refresh_token);
    await revoke(tokens.refresh_token);
    expect(await events()).toEqual([
      anEvent('token_revoked', {
        ...subject(user_id),
        ...byPerson,
        detail: { token_type: 'refresh_token', session_id },
      }),
    ]);
  });

  it('session_revoked when an operator ends it', async () => {
    await operate('DELETE', `/users/${user_id}/sessions/${session_id}`);
    expect(await events()).toEqual([
      anEvent('session_revoked', {
        ...subject(user_id),
        ...byOperator,
        detail: { session_id, by: 'admin API' },
      }),
    ]);
  });

  it('session_revoked for each when an operator ends them all', async () => {
    await service.loginAs('band');
    await forget();
    await operate('DELETE', `/users/${user_id}/sessions`);
    const revoked = (id: string) =>
      anEvent('session_revoked', {
        ...subject(user_id),
        ...byOperator,
        detail: { session_id: id, by: 'admin API' },
      });
    expect(await events()).toEqual([revoked(UUID), revoked(UUID)]);
  });
});

describe('what an operator does with a user', () => {
  let user_id: string;

  beforeEach(async () => {
    user_id = await login();
    await forget();
  });

  it('user_updated names the attributes and not their values, the phone number masked', async () => {
    const path = `/users/${user_id}`;
    await operate('PATCH', path, {
      nickname: 'Marked',
      phone_number: '+8613912345678',
      custom: { tier: 'Marked' },
    });
    await operate('PATCH', path, { phone_number: null, custom: { tier: null } });
    await operate('PATCH', path, { nickname: null, name: null });
    const common = { ...byOperator, user_id };
    const updated = await events();
    expect(updated).toEqual([
      anEvent('user_updated', {
        ...common,
        detail: {
          attributes: ['nickname', 'phone_number', 'custom.tier'],
          phone_number: '+86*******5678',
          by: 'admin API',
        },
      }),
      anEvent('user_updated', {
        ...common,
        detail: { attributes: ['phone_number', 'custom.tier'], phone_number: null, by: 'admin API' },
      }),
      anEvent('user_updated', { ...common, detail: { attributes: ['nickname'], by: 'admin API' } }),
    ]);
    expect(JSON.stringify(updated)).not.toContain('Marked');
  });

  it('user_status_changed says what it was and is', async () => {
    for (const status of ['LOCK', 'LOCK', 'FREEZE', 'NORMAL']) {
      await operate('PATCH', `/users/${user_id}`, { status });
    }
    const changed = (before: string, after: string) =>
      anEvent('user_status_changed', { ...byOperator, user_id, detail: { before, after, by: 'admin API' } });
    expect(await events()).toEqual([
      changed('NORMAL', 'LOCK'),
      changed('LOCK', 'FREEZE'),
      changed('FREEZE', 'NORMAL'),
    ]);
  });

  it('status and profile at once are two events', async () => {
    await operate('PATCH', `/users/${user_id}`, { status: 'LOCK', name: 'A' });
    expect(await events()).toEqual([
      anEvent('user_status_changed', {
        ...byOperator,
        user_id,
        detail: { before: 'NORMAL', after: 'LOCK', by: 'admin API' },
      }),
      anEvent('user_updated', { ...byOperator, user_id, detail: { attributes: ['name'], by: 'admin API' } }),
    ]);
  });

  it('user_deleted, and session_revoked for what that ended', async () => {
    await operate('DELETE', `/users/${user_id}`);
    expect(await events()).toEqual([
      anEvent('user_deleted', { ...byOperator, user_id, detail: { by: 'admin API' } }),
      anEvent('session_revoked', {
        ...subject(user_id),
        ...byOperator,
        detail: { session_id: UUID, by: 'admin API' },
      }),
    ]);
  });
});

describe('admin_changed', () => {
  const changed = (resource: string, id: string, detail: object) => {
    const named = { application: { client_id: id }, auth_source: { auth_source_id: id } };
    return anEvent('admin_changed', {
      ...byOperator,
      ...(named[resource as keyof typeof named] ?? {}),
      detail: { resource, id, before: {}, after: {}, ...detail, by: 'admin API' },
    });
  };

  it('of an application has what it was and is, without its secrets', async () => {
    const settings = anApplication({
      client_id: 'web',
      type: 'web',
      name: 'Web',
      grant_types: ['client_credentials'],
      scopes: ['reports'],
    });
    const { client_secret } = (await operate('POST', '/applications', settings)).body as Record<
      string,
      string
    >;
    await operate('PATCH', '/applications/web', { name: 'Other', scopes: [], client_secret: 'MarkedSecret' });
    await operate('PATCH', '/applications/web', { client_secret: 'MarkedSecret2' });
    const rotated = (await operate('POST', '/applications/web/rotate-secret')).body as Record<string, string>;
    await operate('PATCH', '/applications/web', { enabled: false });
    await operate('DELETE', '/applications/web');
    const fields = Object.keys(settings).sort();
    const recorded = await events();
    const sorted = recorded.map((event) => {
      const { detail, ...rest } = event as { detail: { fields: string[] } };
      return { ...rest, detail: { ...detail, fields: [...detail.fields].sort() } };
    });
    const last = { ...settings, name: 'Other', scopes: [], enabled: false };
    expect(sorted).toEqual([
      changed('application', 'web', {
        action: 'created',
        fields: [...fields, 'client_secret'].sort(),
        after: settings,
      }),
      changed('application', 'web', {
        action: 'updated',
        fields: ['client_secret', 'name', 'scopes'],
        before: { name: 'Web', scopes: ['reports'] },
        after: { name: 'Other', scopes: [] },
      }),
      changed('application', 'web', { action: 'updated', fields: ['client_secret'] }),
      changed('application', 'web', { action: 'secret_rotated', fields: ['client_secret'] }),
      changed('application', 'web', {
        action: 'updated',
        fields: ['enabled'],
        before: { enabled: true },
        after: { enabled: false },
      }),
      changed('application', 'web', { action: 'deleted', fields, before: last }),
    ]);
    for (const secret of ['MarkedSecret', client_secret!, rotated.client_secret!]) {
      expect(JSON.stringify(recorded)).not.toContain(secret);
    }
  });

  it('of an auth source has what it was and is, without its secret', async () => {
    const settings = without(anAuthSource({ id: 'new' }), 'app_secret');
    await operate('POST', '/auth-sources', { ...settings, app_secret: 'MarkedSecret' });
    await operate('PATCH', '/auth-sources/new', {
      app_secret: 'MarkedSecret2',
      applications: [],
      enabled: false,
    });
    await operate('DELETE', '/auth-sources/new');
    const recorded = await events();
    const fields = [
      'id',
      'type',
      'name',
      'enabled',
      'app_id',
      'open_platform_account',
      'applications',
      'attribute_mapping',
    ];
    expect(recorded).toEqual([
      changed('auth_source', 'new', {
        action: 'created',
        fields: [...fields, 'app_secret'],
        after: settings,
      }),
      changed('auth_source', 'new', {
        action: 'updated',
        fields: ['enabled', 'applications', 'app_secret'],
        before: { enabled: true, applications: [CLIENT_ID] },
        after: { enabled: false, applications: [] },
      }),
      changed('auth_source', 'new', {
        action: 'deleted',
        fields,
        before: { ...settings, enabled: false, applications: [] },
      }),
    ]);
    expect(JSON.stringify(recorded)).not.toContain('Marked');
  });

  it('of the signing keys says who has asked, signing_key_rotated what came of it', async () => {
    signingKeysOf(service);
    const keys = async () =>
      (await admin.done<{ items: { alg: string; state: string; kid: string }[] }>('GET', '/signing-keys'))
        .body.items;
    const kid = (all: Awaited<ReturnType<typeof keys>>, alg: string, state: string) =>
      all.find((key) => key.alg === alg && key.state === state)!.kid;
    const before = await keys();
    const { body } = await operate('POST', '/signing-keys/rotate');
    const rotated = ['RS256', 'ES256'].map((alg) => ({
      alg,
      kid: kid(before, alg, 'next'),
      retired_kid: kid(before, alg, 'active'),
    }));
    expect(body).toEqual({ rotated, awaited: [] });
    expect(await events()).toEqual([
      changed('signing_keys', 'all', { action: 'rotation_requested', fields: [] }),
      ...rotated.map((detail) => anEvent('signing_key_rotated', { detail: { ...detail, cause: 'request' } })),
    ]);
    await forget();
    moveClock(90 * 86_400);
    await service.app.get(SigningKeyUpkeep).run();
    expect(await events()).toEqual(
      rotated.map(({ alg, kid: retired_kid }) => ({
        ...anEvent('signing_key_rotated', { detail: { alg, kid: UUID, retired_kid, cause: 'age' } }),
        created_at: '2030-04-01T00:00:00.000Z',
      })),
    );
  });
});

describe('what fails', () => {
  it('leaves no event', async () => {
    const user_id = await login();
    await forget();
    const failures = [
      await operate('POST', '/applications', { client_id: CLIENT_ID, type: 'spa' }),
      await operate('POST', '/applications', { client_id: 'new', type: 'spa', scopes: [''] }),
      await operate('POST', '/applications', { client_id: 'new', type: 'spa', grant_types: ['unknown'] }),
      await operate('PATCH', `/applications/${CLIENT_ID}`, { refresh_token_ttl: 99_999_999 }),
      await operate('PATCH', '/applications/unknown', { name: 'A' }),
      await operate('DELETE', `/applications/${CLIENT_ID}`),
      await operate('POST', `/applications/${CLIENT_ID}/rotate-secret`),
      await operate('POST', '/auth-sources', {
        id: 'new',
        type: 'wechat_website',
        app_id: 'a',
        applications: ['b'],
      }),
      await operate('PATCH', `/auth-sources/${AUTH_SOURCE_ID}`, { name: 'A', applications: ['b'] }),
      await operate('DELETE', `/auth-sources/${AUTH_SOURCE_ID}`),
      await operate('PATCH', `/users/${user_id}`, { status: 'LOCK', name: '' }),
      await operate('PATCH', '/users/unknown', { status: 'LOCK' }),
      await operate('DELETE', '/users/unknown/sessions'),
      await admin.call('PATCH', `/users/${user_id}`, { status: 'LOCK' }, { 'If-Match': '"a"' }),
      await admin.call('DELETE', `/users/${user_id}`, undefined, { 'If-Match': '"a"' }),
    ];
    expect(failures.map(({ status }) => status)).toEqual([
      409, 400, 400, 400, 404, 409, 409, 400, 400, 409, 400, 404, 404, 412, 412,
    ]);
    expect(await events()).toEqual([]);
  });
});

describe('the types of events', () => {
  it('have all been seen', () => {
    expect([...seenTypes].sort()).toEqual([...AUDIT_EVENT_TYPES].sort());
  });
});
