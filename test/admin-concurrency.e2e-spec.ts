import { jest } from '@jest/globals';
import { IsNull, Not } from 'typeorm';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuditService } from '../src/audit/audit.service.js';
import { CleanUp } from '../src/maintenance/clean-up.service.js';
import { Session } from '../src/tokens/session.entity.js';
import {
  CHANGED_MEANWHILE,
  NOT_FOUND,
  NO_CONTENT,
  aConflict,
  aResource,
  anAnswer,
  startAdministrated,
  type AdminAnswer,
  type AdminClient,
} from './support/admin.js';
import { AUTH_SOURCE_ID, CLIENT_ID, anAuthSource } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { type RunningService } from './support/service.js';
import { introspected, registerSessions } from './support/sessions.js';
import { isMysql } from './support/test-database.js';

/** How many requests are sent at once. */
const MANY = 8;

let service: RunningService;
let admin: AdminClient;
let userId: string;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(async () => {
  await registerSessions(service);
  const { access_token } = await service.loginAs('band');
  userId = String(decode(access_token).payload.sub);
});

afterEach(async () => {
  for (const table of ['applications', 'auth_sources', 'users', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

const atOnce = (request: (index: number) => Promise<AdminAnswer>) =>
  Promise.all(Array.from({ length: MANY }, (_, index) => request(index)));
const statuses = (answers: readonly AdminAnswer[]) => answers.map(({ status }) => status).sort();
const oneAndOthers = (one: number, others: number) => [one, ...Array<number>(MANY - 1).fill(others)].sort();

/** How many events of a type there are. */
async function recorded(type: string): Promise<number> {
  const { body } = await admin.done<{ items: unknown[] }>('GET', `/audit-events?type=${type}&limit=200`);
  return body.items.length;
}

/** The resources that have validators, each with a change and another one. */
const RESOURCES: [string, () => string, (name: string) => object][] = [
  ['an application', () => `/applications/${CLIENT_ID}`, (name) => ({ name })],
  ['an auth source', () => `/auth-sources/${AUTH_SOURCE_ID}`, (name) => ({ name })],
  ['a user', () => `/users/${userId}`, (name) => ({ name })],
];

describe.each(RESOURCES)('If-Match of a PATCH of %s', (_, path, change) => {
  const patch = (ifMatch: string, name = 'Other') =>
    admin.call('PATCH', path(), change(name), { 'If-Match': ifMatch });

  it('lets the change happen when it is as the caller believes', async () => {
    const { etag, body } = await admin.done('GET', path());
    const answer = await patch(etag!);
    expect(answer).toEqual(aResource({ ...body, name: 'Other', updated_at: expect.any(String) }));
    expect(await admin.call('GET', path())).toEqual(answer);
    expect(await patch(answer.headers.etag!, 'Third')).toMatchObject({
      status: 200,
      body: { name: 'Third' },
    });
  });

  it('does nothing when it has been changed meanwhile', async () => {
    const { etag } = await admin.done('GET', path());
    const changed = await admin.call('PATCH', path(), change('First'));
    expect(await patch(etag!)).toEqual(CHANGED_MEANWHILE);
    expect(await admin.call('GET', path())).toEqual(changed);
  });

  it.each<[string, (etag: string) => string]>([
    ['a star', () => '*'],
    ['a star with spaces', () => ' * '],
    ['a list with it', (etag) => `"a", ${etag},"b"`],
    ['a list with a weak one beside it', (etag) => `W/"a",${etag}`],
  ])('may be %s', async (__, header) => {
    const { etag } = await admin.done('GET', path());
    expect((await patch(header(etag!))).status).toBe(200);
  });

  it.each<[string, (etag: string) => string]>([
    ['a weak one', (etag) => `W/${etag}`],
    ['one without quotes', (etag) => etag.slice(1, -1)],
    ['another one', () => '"AAAAAAAAAAAAAAAAAAAAAAAAAAA"'],
    ['a list without it', () => '"a", "b"'],
    ['a star in quotes', () => '"*"'],
    ['a part of it', (etag) => `${etag.slice(0, -2)}"`],
  ])('does not match with %s', async (__, header) => {
    const { etag } = await admin.done('GET', path());
    expect(await patch(header(etag!))).toEqual(CHANGED_MEANWHILE);
    expect((await admin.done('GET', path())).etag).toBe(etag);
  });

  it('of many changes at once, that believe the same, one happens', async () => {
    const { etag } = await admin.done('GET', path());
    const answers = await atOnce((index) => patch(etag!, `name-${index}`));
    expect(statuses(answers)).toEqual(oneAndOthers(200, 412));
    const won = answers.find(({ status }) => status === 200);
    expect(answers.filter((answer) => answer !== won)).toEqual(
      Array<AdminAnswer>(MANY - 1).fill(CHANGED_MEANWHILE),
    );
    expect(await admin.call('GET', path())).toEqual(won);
  });

  it('without it, of many changes at once none is lost to another', async () => {
    const answers = await atOnce((index) => admin.call('PATCH', path(), change(`name-${index}`)));
    expect(statuses(answers)).toEqual(Array<number>(MANY).fill(200));
    expect(answers).toContainEqual(await admin.call('GET', path()));
  });
});

describe('changes of different fields at once', () => {
  it('of a user are all there in the end', async () => {
    const custom = Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`field_${index}`, 'a']));
    await atOnce((index) => admin.call('PATCH', `/users/${userId}`, { custom: { [`field_${index}`]: 'a' } }));
    const { body } = await admin.done<{ custom: object }>('GET', `/users/${userId}`);
    expect(body.custom).toEqual(custom);
  });

  it('of an application are all there in the end', async () => {
    const fields = {
      name: 'a',
      scopes: ['b'],
      access_token_ttl: 7,
      id_token_ttl: 8,
      token_profile: 'rfc9068',
    };
    const path = `/applications/${CLIENT_ID}`;
    await Promise.all(
      Object.entries(fields).map(([field, value]) => admin.call('PATCH', path, { [field]: value })),
    );
    expect((await admin.done('GET', path)).body).toMatchObject(fields);
  });
});

describe('If-Match of a DELETE', () => {
  it.each<[string, () => string, object]>([
    ['an application', () => `/applications/${CLIENT_ID}`, { enabled: false }],
    ['an auth source', () => `/auth-sources/${AUTH_SOURCE_ID}`, { enabled: false }],
    ['a user', () => `/users/${userId}`, { name: 'Other' }],
  ])('keeps %s that has been changed meanwhile, with its sessions', async (_, path, change) => {
    const { refresh_token } = await service.loginAs('band');
    const { etag: old } = await admin.done('GET', path());
    const { etag } = await admin.done('PATCH', path(), change);
    expect(await admin.call('DELETE', path(), undefined, { 'If-Match': old! })).toEqual(CHANGED_MEANWHILE);
    expect((await admin.done('GET', path())).etag).toBe(etag);
    await admin.done('PATCH', `/applications/${CLIENT_ID}`, { enabled: true });
    await admin.done('PATCH', `/auth-sources/${AUTH_SOURCE_ID}`, { enabled: true });
    expect(await introspected(service, refresh_token)).toMatchObject({ active: true });

    await admin.done('PATCH', path(), change);
    const current = (await admin.done('GET', path())).etag!;
    expect(await admin.call('DELETE', path(), undefined, { 'If-Match': current })).toEqual(NO_CONTENT);
    expect(await admin.call('GET', path())).toEqual(NOT_FOUND);
  });

  it('does not matter when there is nothing to delete', async () => {
    for (const path of ['/applications/unknown', '/auth-sources/unknown', '/users/unknown']) {
      expect(await admin.call('DELETE', path, undefined, { 'If-Match': '"a"' })).toEqual(NO_CONTENT);
    }
  });
});

describe('many POSTs of one id at once', () => {
  it('one application is registered, the others are a conflict', async () => {
    const answers = await atOnce((index) =>
      admin.call('POST', '/applications', { client_id: 'new', type: 'm2m', name: `name-${index}` }),
    );
    expect(statuses(answers)).toEqual(oneAndOthers(201, 409));
    const won = answers.find(({ status }) => status === 201)!;
    expect(answers.filter((answer) => answer !== won)).toEqual(
      Array<AdminAnswer>(MANY - 1).fill(aConflict('Already exists')),
    );
    const { client_secret, ...application } = won.body as Record<string, unknown>;
    expect(await admin.call('GET', '/applications/new')).toEqual(
      aResource(application, { etag: won.headers.etag }),
    );
    expect(client_secret).toEqual(expect.any(String));
    expect(await recorded('admin_changed')).toBe(1);
  });

  it('one auth source is registered, the others are a conflict', async () => {
    const answers = await atOnce((index) =>
      admin.call('POST', '/auth-sources', anAuthSource({ id: 'new', name: `name-${index}` })),
    );
    expect(statuses(answers)).toEqual(oneAndOthers(201, 409));
    const won = answers.find(({ status }) => status === 201)!;
    expect(await admin.call('GET', '/auth-sources/new')).toEqual(
      aResource(won.body as object, { etag: won.headers.etag }),
    );
    expect(await recorded('admin_changed')).toBe(1);
  });
});

describe('many DELETEs at once', () => {
  it.each<[string, () => string, string]>([
    ['an application', () => `/applications/${CLIENT_ID}`, 'admin_changed'],
    ['an auth source', () => `/auth-sources/${AUTH_SOURCE_ID}`, 'admin_changed'],
    ['a user', () => `/users/${userId}`, 'user_deleted'],
  ])('of %s all go well, and one is recorded', async (_, path, type) => {
    if (type === 'admin_changed') await admin.done('PATCH', path(), { enabled: false });
    const before = await recorded(type);
    expect(await atOnce(() => admin.call('DELETE', path()))).toEqual(Array(MANY).fill(NO_CONTENT));
    expect(await recorded(type)).toBe(before + 1);
    expect(await admin.call('GET', path())).toEqual(NOT_FOUND);
  });

  it('of all sessions of a user all go well, and each session is recorded once', async () => {
    for (let count = 1; count < 5; count++) await service.loginAs('band');
    const path = `/users/${userId}/sessions`;
    const items = ((await admin.done('GET', path)).body as { items: { id: string }[] }).items;
    expect(items).toHaveLength(5);
    const answers = await atOnce((index) =>
      admin.call('DELETE', index % 2 ? path : `${path}/${items[index % 5]!.id}`),
    );
    expect(answers).toEqual(Array(MANY).fill(NO_CONTENT));
    expect(await admin.call('GET', path)).toEqual(anAnswer({ items: [], next_cursor: null }));
    expect(await recorded('session_revoked')).toBe(5);
  });
});

describe('a login while its user is deleted', () => {
  it('is one before or one after: there is one user in the end, and no session of another', async () => {
    for (let round = 0; round < 5; round++) {
      const deleted = userId;
      const [logins] = await Promise.all([
        Promise.all([1, 2, 3].map(() => service.login('band'))),
        admin.call('DELETE', `/users/${deleted}`),
      ]);
      expect(logins.map(({ status }) => status)).toEqual([200, 200, 200]);
      const { access_token } = await service.loginAs('band');
      userId = String(decode(access_token).payload.sub);
      expect(userId).not.toBe(deleted);
      expect((await admin.done<{ items: object[] }>('GET', '/users')).body.items).toMatchObject([
        { id: userId },
      ]);
      await service.dataSource.query('DELETE FROM leases');
      await service.app.get(CleanUp).run();
      expect(await traces(deleted)).toEqual([]);
    }
  });

  // An embedded database does one after the other.
  (isMysql ? it : it.skip)(
    'leaves nothing of somebody who is gone, once the clean-up has come by',
    async () => {
      const audit = service.app.get(AuditService);
      let deletion: Promise<AdminAnswer> | undefined;
      const record = jest.spyOn(audit, 'record').mockImplementationOnce(async (...event) => {
        const isHeld = await isLocked(userId);
        deletion = admin.call('DELETE', `/users/${userId}`);
        // Whoever is locked is deleted after the login.
        if (!isHeld) await deletion;
        record.mockRestore();
        await audit.record(...event);
      });
      expect((await service.login('band')).status).toBe(200);
      expect(await deletion).toEqual(NO_CONTENT);
      await service.dataSource.query('DELETE FROM leases');
      await service.app.get(CleanUp).run();
      expect(await traces(userId)).toEqual([]);
    },
  );
});

/** What tells of somebody who was deleted: living sessions, and events with an address of theirs. */
async function traces(user: string): Promise<object[]> {
  const { manager } = service.dataSource;
  const sessions = await manager.findBy(Session, { userId: user, revokedAt: IsNull() });
  const events = await manager.findBy(AuditEvent, { userId: user, address: Not(IsNull()) });
  const byOperators = ['user_deleted', 'session_revoked'];
  return [...sessions, ...events.filter(({ type }) => !byOperators.includes(type))];
}

/** Whether some unit of work keeps others from changing the user. */
async function isLocked(user: string): Promise<boolean> {
  const free = await service.dataSource.query<unknown[]>(
    `SELECT id FROM users WHERE id = '${user}' FOR UPDATE SKIP LOCKED`,
  );
  return free.length === 0;
}
