import { v4 as uuid } from 'uuid';
import { Application } from '../src/applications/application.entity.js';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuthSource } from '../src/auth-sources/auth-source.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import { User } from '../src/users/user.entity.js';
import { anAnswer, invalid, startAdministrated, without, type AdminClient } from './support/admin.js';
import { aUserRow, anApplicationRow, anAuthSourceRow } from './support/rows.js';
import { SeededRandom } from './support/seeded-random.js';
import { type RunningService } from './support/service.js';

const OWNER = '00000000-0000-4000-8000-000000000000';
const NOW = Date.now();

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
});

afterEach(async () => {
  for (const table of ['applications', 'auth_sources', 'users', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

/** A list, and how rows get into it. An id says where in the list its row is. */
interface List {
  readonly path: string;
  readonly entity: new () => object;
  readonly order: 'ascending' | 'descending';
  readonly key: 'client_id' | 'id';
  /** A row of the database. */
  row(id: string): object;
}

const LISTS: [string, List][] = [
  [
    'applications',
    {
      path: '/applications?',
      entity: Application,
      order: 'ascending',
      key: 'client_id',
      row: (clientId) => anApplicationRow({ clientId }),
    },
  ],
  [
    'auth sources',
    {
      path: '/auth-sources?',
      entity: AuthSource,
      order: 'ascending',
      key: 'id',
      row: (id) => without(anAuthSourceRow({ id }), 'linkedApplications'),
    },
  ],
  ['users', { path: '/users?', entity: User, order: 'descending', key: 'id', row: (id) => aUserRow({ id }) }],
  [
    'users of a status',
    {
      path: '/users?status=LOCK&',
      entity: User,
      order: 'descending',
      key: 'id',
      row: (id) => aUserRow({ id, status: 'LOCK' }),
    },
  ],
  [
    'sessions',
    {
      path: `/users/${OWNER}/sessions?`,
      entity: Session,
      order: 'descending',
      key: 'id',
      row: (id) => ({
        id,
        clientId: 'client',
        userId: OWNER,
        authSourceId: null,
        scopes: [],
        createdAt: new Date(NOW),
        expiresAt: new Date(NOW + 3_600_000),
        revokedAt: null,
      }),
    },
  ],
  [
    'audit events of one moment',
    { path: '/audit-events?', entity: AuditEvent, order: 'descending', key: 'id', row: anEventRow },
  ],
  [
    'audit events of a user',
    {
      path: '/audit-events?user_id=user&type=user_deleted&from=2020-01-01T00:00:00Z&',
      entity: AuditEvent,
      order: 'descending',
      key: 'id',
      row: anEventRow,
    },
  ],
];

function anEventRow(id: string): object {
  return {
    id,
    type: 'user_deleted',
    createdAt: new Date(NOW),
    clientId: null,
    authSourceId: null,
    userId: 'user',
    address: null,
    userAgent: null,
    detail: {},
  };
}

interface PageBody {
  readonly items: Record<string, string>[];
  readonly next_cursor: string | null;
}

describe.each(LISTS)('the pages of %s', (_, list) => {
  const page = async (limit: number | undefined, cursor: string | null) => {
    const query = new URLSearchParams({
      ...(limit === undefined ? {} : { limit: String(limit) }),
      ...(cursor === null ? {} : { cursor }),
    });
    return (await admin.done<PageBody>('GET', list.path + query.toString())).body;
  };
  const insert = async (ids: string[]) => {
    if (ids.length > 0)
      await service.dataSource.manager.insert(
        list.entity,
        ids.map((id) => list.row(id)),
      );
  };
  const remove = async (id: string) => {
    await service.dataSource.manager.delete(list.entity, list.key === 'id' ? { id } : { clientId: id });
  };
  const uuids = (count: number) => Array.from({ length: count }, () => uuid());
  const sorted = (ids: readonly string[]) =>
    list.order === 'ascending' ? [...ids].sort() : [...ids].sort().reverse();
  const idsOf = ({ items }: PageBody) => items.map((item) => item[list.key]!);

  /** Reads one page after the other to the end. @param between what happens before each next one */
  async function walk(limit: number, between?: (seen: string[]) => Promise<unknown>): Promise<PageBody[]> {
    const pages = [await page(limit, null)];
    for (let cursor = pages[0]!.next_cursor; cursor !== null; cursor = pages.at(-1)!.next_cursor) {
      await between?.(pages.flatMap(idsOf));
      pages.push(await page(limit, cursor));
    }
    return pages;
  }

  beforeEach(async () => {
    if (list.entity === Session) await service.dataSource.manager.insert(User, aUserRow({ id: OWNER }));
  });

  it('an empty one is the last one', async () => {
    expect(await admin.call('GET', list.path)).toEqual(anAnswer({ items: [], next_cursor: null }));
  });

  it.each([
    [1, 3],
    [2, 4],
    [2, 5],
    [50, 49],
    [50, 50],
    [50, 51],
    [200, 200],
    [200, 201],
  ])('of %i each are full but for the last one, which has no cursor: %i rows', async (limit, count) => {
    const ids = uuids(count);
    await insert(ids);
    const pages = await walk(limit);
    expect(pages.flatMap(idsOf)).toEqual(sorted(ids));
    expect(pages.map(({ items }) => items.length)).toEqual([
      ...Array<number>(Math.ceil(count / limit) - 1).fill(limit),
      count % limit || limit,
    ]);
  });

  it('have 50 when nothing is said', async () => {
    await insert(uuids(51));
    expect((await page(undefined, null)).items).toHaveLength(50);
  });

  it('have each row once that was there all the time, in order, whatever comes and goes meanwhile', async () => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 8; round++) {
      const stay = new Set(uuids(random.integer(0, 40)));
      const go = uuids(random.integer(0, 20));
      await insert([...stay, ...go]);
      const added: string[] = [];
      const walked = await walk(random.integer(1, 9), async (seen) => {
        const fresh = uuids(random.integer(0, 5));
        await insert(fresh);
        added.push(...fresh);
        // Also the row that the cursor names.
        const last = seen.at(-1)!;
        if (go.includes(last)) await remove(last);
        const gone = go.pop();
        if (gone !== undefined) await remove(gone);
      });
      const ids = walked.flatMap(idsOf);
      expect([round, ids]).toEqual([round, sorted([...new Set(ids)])]);
      expect([round, ids.filter((id) => stay.has(id))]).toEqual([round, sorted([...stay])]);
      // Whatever came in front of the reader is not turned back for, whatever came after is read.
      const later = (id: string, than: string) => sorted([id, than])[1] === id;
      expect(added.filter((id) => ids.includes(id)).every((id) => later(id, ids[0]!))).toBe(true);
      for (const id of [...stay, ...go, ...added]) await remove(id);
    }
  });

  it.each([0, 201, -1, 1.5, '1e1', 'all', '0x10', '１'])('cannot have %s', async (limit) => {
    const { status, body } = await admin.call('GET', `${list.path}limit=${encodeURIComponent(limit)}`);
    expect([status, body]).toEqual([
      400,
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'The request is not valid',
        errors: [{ path: 'limit', detail: expect.stringMatching(/^must (not be|be an integer)/) }],
      },
    ]);
  });

  it.each([
    ['text', 'nothing'],
    ['padding', 'YQ=='],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]).toString('base64url')],
    ['a character of another alphabet', Buffer.from('é').toString('base64url')],
    ['a space', Buffer.from(`${OWNER} `).toString('base64url')],
    ['a line feed', Buffer.from(`${OWNER}\n`).toString('base64url')],
    ['NUL', Buffer.from('\u0000').toString('base64url')],
    ['a statement', Buffer.from("' OR 1=1 --").toString('base64url')],
  ])('have no cursor that is %s', async (__, cursor) => {
    await insert(uuids(2));
    const answer = await admin.call('GET', `${list.path}cursor=${encodeURIComponent(cursor)}`);
    expect(answer).toEqual(invalid({ cursor: 'is not one of this list' }));
  });

  it('have no cursor that is too long', async () => {
    const cursor = Buffer.from('a'.repeat(400)).toString('base64url');
    expect(await admin.call('GET', `${list.path}cursor=${cursor}`)).toEqual(
      invalid({ cursor: 'must be shorter than or equal to 512 characters' }),
    );
  });
});

describe('a cursor', () => {
  it.each([
    ['/users', '/audit-events'],
    ['/audit-events', '/users'],
    ['/applications', '/users'],
    ['/applications', '/audit-events'],
  ])('of %s is none of %s', async (own, other) => {
    const { manager } = service.dataSource;
    for (const clientId of ['a', 'b']) await manager.insert(Application, anApplicationRow({ clientId }));
    for (const id of [uuid(), uuid()]) {
      await manager.insert(User, aUserRow({ id }));
      await manager.insert(AuditEvent, anEventRow(id));
    }
    const { body } = await admin.done<PageBody>('GET', `${own}?limit=1`);
    expect(await admin.call('GET', `${other}?cursor=${body.next_cursor}`)).toEqual(
      invalid({ cursor: 'is not one of this list' }),
    );
  });
});

describe('the signing keys', () => {
  it('are walked through once each, in their order', async () => {
    const all = await admin.done<PageBody>('GET', '/signing-keys');
    expect(all.body.next_cursor).toBeNull();
    expect(all.body.items).toHaveLength(4);
    const walked: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: PageBody } = await admin.done<PageBody>(
        'GET',
        `/signing-keys?limit=3&cursor=${cursor}`,
      );
      walked.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(walked).toEqual(all.body.items);
  });

  it('have no page after a key that there is not', async () => {
    const cursor = Buffer.from(uuid()).toString('base64url');
    expect(await admin.call('GET', `/signing-keys?cursor=${cursor}`)).toEqual(
      invalid({ cursor: 'is not one of this list' }),
    );
  });
});

describe('the audit events of many moments', () => {
  it('are walked through once each, the newest first', async () => {
    const random = new SeededRandom(5);
    const events = Array.from({ length: 120 }, () => ({ id: uuid(), at: NOW + random.integer(0, 20) }));
    await service.dataSource.manager.insert(
      AuditEvent,
      events.map(({ id, at }) => ({ ...anEventRow(id), createdAt: new Date(at), detail: {} })),
    );
    const newest = [...events].sort((one, other) => other.at - one.at || (one.id < other.id ? 1 : -1));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: PageBody } = await admin.done<PageBody>(
        'GET',
        `/audit-events?limit=7&cursor=${cursor}`,
      );
      seen.push(...body.items.map(({ id }) => id!));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(newest.map(({ id }) => id));
  });
});
