import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import {
  NOT_FOUND,
  NO_CONTENT,
  anAnswer,
  startAdministrated,
  without,
  type AdminClient,
} from './support/admin.js';
import { databaseContent } from './support/database-content.js';
import {
  APP_ID,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions } from './support/sessions.js';

const OPENID = 'oGZUI0egBJY1zhBYw2KhdUfwVJJE';
const UNIONID = 'ocMvos6NjeKLIBqg5Mr9QjxrP1FA';
const OPERATOR = { 'User-Agent': 'operator' };

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated({ TRUST_PROXY: 'loopback' }));
  const { wechat } = service.simulator;
  wechat.addApp({ appid: APP_ID, unionid: true });
  wechat.addUser({
    id: 'band',
    openids: { [APP_ID]: OPENID },
    unionids: { default: UNIONID },
    profile: { nickName: 'MarkedNickname', city: 'MarkedCity' },
    phone: { countryCode: '86', purePhoneNumber: '13912345678' },
  });
  wechat.addUser({ id: 'other', phone: { countryCode: '86', purePhoneNumber: '13812340000' } });
  await registerSessions(service);
  await service.register({
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
});

afterEach(async () => {
  for (const table of ['users', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

/** Signs somebody in with everything that WeChat knows, from an address of their own. */
async function fullLogin(
  person: string,
  address = '192.0.2.7',
): Promise<IssuedTokens & { readonly id: string }> {
  const { wechat } = service.simulator;
  const body = {
    ...loginRequest(wechat.login(APP_ID, person)),
    getUserInfo: true,
    ...wechat.encryptedData(APP_ID, person, 'real'),
    getPhoneNumber: true,
    phone_code: wechat.phoneCode(APP_ID, person),
  };
  const headers = { 'X-Forwarded-For': address, 'User-Agent': `MarkedAgent of ${person}` };
  const tokens = (await (await service.token(body, headers)).json()) as IssuedTokens;
  return { ...tokens, id: String(decode(tokens.access_token).payload.sub) };
}

const remove = (id: string) => admin.call('DELETE', `/users/${id}`, undefined, OPERATOR);
const userinfo = (token: string) =>
  fetch(`${service.url}/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
const rows = async (table: string) => (await databaseContent(service.dataSource))[table]!;

/** A person's events, the oldest first, without what differs from run to run. */
async function eventsOf(id: string): Promise<object[]> {
  const { body } = await admin.done<{ items: Record<string, unknown>[] }>(
    'GET',
    `/audit-events?user_id=${id}`,
  );
  return body.items.reverse().map((event) => without(event, 'id', 'created_at'));
}

describe('DELETE /users/{id}', () => {
  it('erases whatever is known of the person, everywhere', async () => {
    const { id } = await fullLogin('band');
    await admin.done('PATCH', `/users/${id}`, { name: 'MarkedName', custom: { note: 'MarkedNote' } });
    service.simulator.wechat.addUser({ id: 'band', profile: { nickName: 'MarkedNickname2' } });
    await fullLogin('band');
    const marks = ['Marked', '13912345678', '*5678', OPENID, UNIONID, '192.0.2.7'];
    const before = JSON.stringify(await databaseContent(service.dataSource));
    expect(marks.filter((mark) => before.includes(mark))).toEqual(marks);
    expect(await remove(id)).toEqual(NO_CONTENT);
    const content = JSON.stringify(await databaseContent(service.dataSource));
    expect(marks.filter((mark) => content.includes(mark))).toEqual([]);
    expect(await admin.call('GET', `/users/${id}`)).toEqual(NOT_FOUND);
    expect(await admin.call('GET', `/users/${id}/sessions`)).toEqual(NOT_FOUND);
    expect(await admin.call('GET', '/users')).toEqual(anAnswer({ items: [], next_cursor: null }));
    expect(await rows('external_identities')).toEqual([]);
  });

  it('the events stay, without address, user agent and phone number; those of the operator stay as they are', async () => {
    const { id, refresh_token } = await fullLogin('band');
    await admin.call('PATCH', `/users/${id}`, { phone_number: '+8613900005678' }, OPERATOR);
    await admin.call('PATCH', `/users/${id}`, { status: 'LOCK' }, OPERATOR);
    expect((await service.login('band')).status).toBe(400);
    await admin.call('PATCH', `/users/${id}`, { status: 'NORMAL' }, OPERATOR);
    await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token: refresh_token });
    await fullLogin('band');
    await remove(id);
    const subject = { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: id };
    const forgotten = { ...subject, address: null, user_agent: null };
    const byOperator = {
      client_id: null,
      auth_source_id: null,
      user_id: id,
      address: '127.0.0.1',
      user_agent: 'operator',
    };
    const grant_type = 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode';
    const login = { grant_type, scope: 'openid profile phone' };
    const attributes = ['nickname', 'custom.city', 'phone_number'];
    expect(await eventsOf(id)).toEqual([
      { ...forgotten, type: 'user_created', detail: { attributes } },
      { ...forgotten, type: 'login_succeeded', detail: login },
      { ...byOperator, type: 'user_updated', detail: { attributes: ['phone_number'], by: 'admin API' } },
      {
        ...byOperator,
        type: 'user_status_changed',
        detail: { before: 'NORMAL', after: 'LOCK', by: 'admin API' },
      },
      {
        ...forgotten,
        type: 'login_failed',
        detail: {
          grant_type,
          error: 'invalid_grant',
          error_description: 'Abnormal user status',
          reason: "the user's status is LOCK",
        },
      },
      {
        ...byOperator,
        type: 'user_status_changed',
        detail: { before: 'LOCK', after: 'NORMAL', by: 'admin API' },
      },
      {
        ...forgotten,
        type: 'token_revoked',
        detail: { token_type: 'refresh_token', session_id: expect.any(String) },
      },
      { ...forgotten, type: 'user_updated', detail: { attributes: ['phone_number'] } },
      { ...forgotten, type: 'login_succeeded', detail: login },
      { ...byOperator, type: 'user_deleted', detail: { by: 'admin API' } },
      {
        ...byOperator,
        ...subject,
        type: 'session_revoked',
        detail: { session_id: expect.any(String), by: 'admin API' },
      },
    ]);
  });

  it('leaves everybody else as they are', async () => {
    const other = await fullLogin('other', '192.0.2.8');
    const user = (await admin.done('GET', `/users/${other.id}`)).body;
    const events = await eventsOf(other.id);
    const { id } = await fullLogin('band');
    await remove(id);
    expect((await admin.done('GET', `/users/${other.id}`)).body).toEqual(user);
    expect(await eventsOf(other.id)).toEqual(events);
    expect(await introspected(service, other.access_token)).toMatchObject({ active: true });
    await refreshed(service, other.refresh_token);
  });

  it('ends all access at once: no token works, and userinfo knows nobody', async () => {
    const { id, access_token, refresh_token } = await fullLogin('band');
    await remove(id);
    for (const token of [access_token, refresh_token]) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
    expect(
      await seen(await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token })),
    ).toEqual({ status: 400, body: { error: 'invalid_grant', error_description: 'Invalid refresh token' } });
    expect(await seen(await userinfo(access_token))).toEqual({
      status: 404,
      body: { error: 'user_not_found' },
    });
  });

  it('of a user without sessions userinfo knows nobody either', async () => {
    await service.register({ applications: [anApplication({ scopes: ['openid'] })] });
    const { access_token } = await service.loginAs('band');
    await remove(String(decode(access_token).payload.sub));
    expect(await introspected(service, access_token)).toEqual({ active: false });
    expect(await seen(await userinfo(access_token))).toEqual({
      status: 404,
      body: { error: 'user_not_found' },
    });
    await registerSessions(service);
  });

  it('what comes of the tokens later is not recorded with an address', async () => {
    const { id, access_token, refresh_token } = await fullLogin('band');
    await remove(id);
    const before = await eventsOf(id);
    for (const token of [access_token, refresh_token]) {
      expect((await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token })).status).toBe(200);
      await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: token });
    }
    const later = (await eventsOf(id)).slice(before.length);
    expect(later).toEqual(later.map((event) => ({ ...event, address: null, user_agent: null })));
  });

  it('the same person is a new user at the next login', async () => {
    const { id } = await fullLogin('band');
    await remove(id);
    const again = await fullLogin('band');
    expect(again.id).not.toBe(id);
    expect((await rows('users')).map((user) => user.id)).toEqual([again.id]);
    expect((await eventsOf(again.id)).map((event) => (event as { type: string }).type)).toEqual([
      'user_created',
      'login_succeeded',
    ]);
  });

  it('repeated, and of a user whom there never was: 204, and nothing is recorded', async () => {
    const { id } = await fullLogin('band');
    await remove(id);
    const before = await databaseContent(service.dataSource);
    expect(await remove(id)).toEqual(NO_CONTENT);
    expect(await remove('unknown')).toEqual(NO_CONTENT);
    expect(await databaseContent(service.dataSource)).toEqual(before);
  });

  it('repeated, it finishes what was cut off', async () => {
    const { id } = await fullLogin('band');
    // As if the process had ended after its first unit of work.
    await service.dataSource.query('DELETE FROM external_identities');
    await service.dataSource.query('DELETE FROM users');
    expect(await remove(id)).toEqual(NO_CONTENT);
    const events = await eventsOf(id);
    expect(events.map((event) => (event as { type: string }).type)).toEqual([
      'user_created',
      'login_succeeded',
      'session_revoked',
    ]);
    expect(events.slice(0, 2)).toEqual(
      events.slice(0, 2).map((event) => ({ ...event, address: null, user_agent: null })),
    );
  });

  it('reaches more sessions and events than are changed at once', async () => {
    const { id } = await fullLogin('band');
    const { manager } = service.dataSource;
    const [session] = await manager.find(Session);
    const [event] = await manager.find(AuditEvent, { where: { type: 'user_created' } });
    const copies = Array.from({ length: 1100 }, (_, copy) => `copy-${copy}`);
    await manager.insert(
      Session,
      copies.map((copy) => ({ ...session!, id: copy })),
    );
    await manager.insert(
      AuditEvent,
      copies.map((copy) => ({ ...event!, id: copy, detail: event!.detail as Record<string, string> })),
    );
    expect(await remove(id)).toEqual(NO_CONTENT);
    expect((await rows('sessions')).filter((row) => row.revoked_at === null)).toEqual([]);
    const events = await rows('audit_events');
    expect(events.filter((row) => row.type === 'session_revoked')).toHaveLength(1101);
    const personal = events.filter(
      (row) =>
        row.type === 'user_created' && (row.address ?? row.user_agent ?? /\+86/.exec(String(row.detail))),
    );
    expect(personal).toEqual([]);
  });
});
