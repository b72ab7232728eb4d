import { CleanUp } from '../src/maintenance/clean-up.service.js';
import {
  NOT_FOUND,
  NO_CONTENT,
  UUID,
  anAnswer,
  startAdministrated,
  type AdminClient,
} from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { AUTH_SOURCE_ID, CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions, withSessions } from './support/sessions.js';

const NOW = Date.parse('2030-01-01T00:00:00.000Z');

let service: RunningService;
let admin: AdminClient;
/** The path of a user who has signed in before, without session. */
let user: string;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  for (const id of ['band', 'other']) service.simulator.wechat.addUser({ id });
});

beforeEach(async () => {
  stopClock(NOW);
  await registerSessions(service);
  await service.register({
    applications: [anApplication({ client_id: 'without-sessions' })],
    authSources: [anAuthSource({ applications: [CLIENT_ID, 'without-sessions'] })],
  });
  const { access_token } = await service.loginAs('band', { client_id: 'without-sessions' });
  user = `/users/${String(decode(access_token).payload.sub)}`;
});

afterEach(async () => {
  resetClock();
  for (const table of ['sessions', 'audit_events']) await service.dataSource.query(`DELETE FROM ${table}`);
});

afterAll(() => service.close());

const aSession = (secondsAfter: number, overrides: object = {}) => ({
  id: UUID,
  client_id: CLIENT_ID,
  auth_source_id: AUTH_SOURCE_ID,
  scopes: ['openid', 'profile', 'phone'],
  created_at: new Date(NOW + secondsAfter * 1000).toISOString(),
  expires_at: new Date(NOW + (secondsAfter + 7200) * 1000).toISOString(),
  ...overrides,
});

/** One page with all of them. */
const page = (...items: object[]) => anAnswer({ items, next_cursor: null });
const list = () => admin.call('GET', `${user}/sessions`);
async function ids(): Promise<string[]> {
  return ((await list()).body as { items: { id: string }[] }).items.map(({ id }) => id);
}
const newestId = async () => (await ids())[0]!;
const revocations = async () =>
  (await admin.done<{ items: unknown[] }>('GET', '/audit-events?type=session_revoked')).body.items.length;

describe('GET /users/{id}/sessions', () => {
  it('lists them, the newest first', async () => {
    expect(await list()).toEqual(page());
    await service.loginAs('band');
    moveClock(10);
    await service.loginAs('band', { scope: 'openid' });
    await service.loginAs('other');
    expect(await list()).toEqual(page(aSession(10, { scopes: ['openid'] }), aSession(0)));
  });

  it('a session stays the same one however often it is refreshed', async () => {
    const { refresh_token } = await service.loginAs('band');
    const before = await list();
    moveClock(60);
    const { refresh_token: next } = await refreshed(service, refresh_token);
    await refreshed(service, next);
    expect(await list()).toEqual(before);
  });

  it('one that has ended is not there', async () => {
    const { refresh_token } = await service.loginAs('band');
    const id = await newestId();
    await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token: refresh_token });
    expect(await list()).toEqual(page());
    expect(await admin.call('GET', `${user}/sessions/${id}`)).toEqual(NOT_FOUND);
  });

  it('one that is too old is not there, however much it was used', async () => {
    let { refresh_token } = await service.loginAs('band');
    for (let round = 0; round < 3; round++) {
      moveClock(2399);
      ({ refresh_token } = await refreshed(service, refresh_token));
    }
    moveClock(2);
    const id = await newestId();
    expect(await list()).toEqual(page(aSession(0)));
    moveClock(1);
    expect(await list()).toEqual(page());
    expect(await admin.call('GET', `${user}/sessions/${id}`)).toEqual(NOT_FOUND);
  });

  it('one that was unused too long is gone with its last token', async () => {
    await service.loginAs('band');
    const used = await service.loginAs('band');
    const [usedId, unusedId] = await ids();
    moveClock(3599);
    await refreshed(service, used.refresh_token);
    // The end of the other one's token, and the time that it is kept after that.
    moveClock(1 + 61);
    await service.app.get(CleanUp).run();
    expect(await ids()).toEqual([usedId]);
    expect(await admin.call('GET', `${user}/sessions/${unusedId}`)).toEqual(NOT_FOUND);
  });

  it('tells the same of one session', async () => {
    await service.loginAs('band');
    const id = await newestId();
    expect(await admin.call('GET', `${user}/sessions/${id}`)).toEqual(anAnswer(aSession(0, { id })));
  });

  it('a session is found at its own user alone', async () => {
    const { access_token } = await service.loginAs('other');
    const other = `/users/${String(decode(access_token).payload.sub)}/sessions`;
    const { body } = await admin.done<{ items: { id: string }[] }>('GET', other);
    const id = body.items[0]!.id;
    for (const path of [
      `${user}/sessions/${id}`,
      `${user}/sessions/unknown`,
      `/users/unknown/sessions/${id}`,
    ]) {
      expect(await admin.call('GET', path)).toEqual(NOT_FOUND);
    }
    expect(await admin.call('DELETE', `${user}/sessions/${id}`)).toEqual(NO_CONTENT);
    expect(await admin.call('DELETE', `/users/unknown/sessions/${id}`)).toEqual(NOT_FOUND);
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
  });

  it('a disabled application keeps its sessions', async () => {
    await service.loginAs('band');
    await service.register({ applications: [anApplication({ ...withSessions, enabled: false })] });
    expect(await list()).toEqual(page(aSession(0)));
  });
});

describe('DELETE /users/{id}/sessions/{sid}', () => {
  it('ends one session with all its tokens, and no other', async () => {
    const stays = await service.loginAs('band');
    const first = await service.loginAs('band');
    const id = await newestId();
    const second = await refreshed(service, first.refresh_token);
    expect(await admin.call('DELETE', `${user}/sessions/${id}`)).toEqual(NO_CONTENT);
    for (const token of [first, second].flatMap((tokens) => [tokens.access_token, tokens.refresh_token])) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
    for (const { refresh_token } of [first, second]) {
      const body = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token };
      expect(await seen(await service.token(body))).toEqual({
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Invalid refresh token' },
      });
    }
    expect(await admin.call('GET', `${user}/sessions/${id}`)).toEqual(NOT_FOUND);
    expect(await introspected(service, stays.access_token)).toMatchObject({ active: true });
    await refreshed(service, stays.refresh_token);
  });

  it('repeated: 204, recorded once', async () => {
    await service.loginAs('band');
    const path = `${user}/sessions/${await newestId()}`;
    expect([await admin.call('DELETE', path), await admin.call('DELETE', path)]).toEqual([
      NO_CONTENT,
      NO_CONTENT,
    ]);
    expect(await revocations()).toBe(1);
    expect(await admin.call('DELETE', `${user}/sessions/unknown`)).toEqual(NO_CONTENT);
    expect(await revocations()).toBe(1);
  });

  it('ends access tokens that outlive the session', async () => {
    await service.register({ applications: [anApplication({ ...withSessions, access_token_ttl: 86_400 })] });
    const { access_token } = await service.loginAs('band');
    const id = await newestId();
    moveClock(7200);
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
    expect(await admin.call('DELETE', `${user}/sessions/${id}`)).toEqual(NO_CONTENT);
    expect(await introspected(service, access_token)).toEqual({ active: false });
  });
});

describe('DELETE /users/{id}/sessions', () => {
  it("ends all sessions of the user at every application, and no one else's", async () => {
    const source = anAuthSource({ applications: [CLIENT_ID, 'without-sessions', 'second'] });
    await service.register({
      applications: [anApplication({ ...withSessions, client_id: 'second' })],
      authSources: [source],
    });
    const mine = [await service.loginAs('band'), await service.loginAs('band', { client_id: 'second' })];
    const other = await service.loginAs('other');
    expect(await admin.call('DELETE', `${user}/sessions`)).toEqual(NO_CONTENT);
    expect(await list()).toEqual(page());
    for (const token of mine.flatMap((tokens) => [tokens.access_token, tokens.refresh_token])) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
    expect(await introspected(service, other.access_token)).toMatchObject({ active: true });
    expect(await revocations()).toBe(2);
    expect(await admin.call('DELETE', `${user}/sessions`)).toEqual(NO_CONTENT);
    expect(await revocations()).toBe(2);
  });

  it('keeps nobody from signing in again', async () => {
    await service.loginAs('band');
    await admin.done('DELETE', `${user}/sessions`);
    const { access_token } = await service.loginAs('band');
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
    expect(await list()).toEqual(page(aSession(0)));
  });
});
