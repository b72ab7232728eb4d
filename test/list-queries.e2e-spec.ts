import { type DataSource } from 'typeorm';
import { Application } from '../src/applications/application.entity.js';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AUDIT_EVENT_TYPES } from '../src/audit/audit-event-types.js';
import { AuthSource, LinkedApplication } from '../src/auth-sources/auth-source.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import { ExternalIdentity } from '../src/users/external-identity.entity.js';
import { User } from '../src/users/user.entity.js';
import { holdIntervals, resetClock } from '../src/testing/clock.js';
import { AUTH_SOURCE_ID, CLIENT_ID } from '../src/testing/factories.js';
import { aUserRow, anApplicationRow, anAuthSourceRow } from './support/rows.js';
import { startService, type RunningService } from './support/service.js';
import { statementsOf, type Statement } from './support/statements.js';
import { isMysql } from './support/test-database.js';

const ADMIN_TOKEN = 'the-admin-token-of-the-list-queries-test';
const USERS = 10_000;
const EVENTS = 100_000;
const SETTINGS = 1000;
const NOW = Date.UTC(2026, 0, 1);
const LIMIT = 50;
/** So many for each row of a page that a user's two identities and two filters at once are in it. */
const MOST_READS = 12 * (LIMIT + 1);

const id = (kind: number, index: number) =>
  `019b0000-${String(kind).padStart(4, '0')}-7000-8000-${String(index).padStart(12, '0')}`;
const USER = id(1, 7);

let service: RunningService;
let dataSource: DataSource;

beforeAll(async () => {
  // What is read by the clock is not to be counted.
  holdIntervals();
  service = await startService({ ADMIN_TOKEN, DATABASE_POOL_SIZE: '1' });
  ({ dataSource } = service);
  await seed();
});

afterAll(async () => {
  await service.close();
  resetClock();
});

async function inBatches(count: number, insert: (indices: number[]) => Promise<unknown>) {
  for (let start = 0; start < count; start += 500) {
    const length = Math.min(500, count - start);
    await insert(Array.from({ length }, (_, offset) => start + offset));
  }
}

/** Fills the tables up; everybody has a phone number of their own, one in a hundred is locked. */
async function seed(): Promise<void> {
  const { manager } = dataSource;
  await inBatches(SETTINGS, async (indices) => {
    await manager.insert(
      Application,
      indices.map((index) => anApplicationRow({ clientId: `application-${index}` })),
    );
    await manager.insert(
      AuthSource,
      indices.map((index) => anAuthSourceRow({ id: `source-${index}` })),
    );
    await manager.insert(
      LinkedApplication,
      indices.map((index) => ({ authSourceId: `source-${index}`, clientId: `application-${index}` })),
    );
  });
  await inBatches(USERS, async (indices) => {
    await manager.insert(
      User,
      indices.map((index) =>
        aUserRow({
          id: id(1, index),
          phoneNumber: `+8613${String(index).padStart(9, '0')}`,
          status: index % 100 === 50 ? 'LOCK' : 'NORMAL',
        }),
      ),
    );
    await manager.insert(
      ExternalIdentity,
      indices.flatMap((index) => [
        {
          type: 'wechat_openid' as const,
          issuer: 'app',
          subject: `openid-${index}`,
          userId: id(1, index),
          createdAt: new Date(NOW),
        },
        {
          type: 'wechat_unionid' as const,
          issuer: 'default',
          subject: `unionid-${index}`,
          userId: id(1, index),
          createdAt: new Date(NOW),
        },
      ]),
    );
    await manager.insert(
      Session,
      indices.map((index) => ({
        id: id(2, index),
        clientId: CLIENT_ID,
        // A tenth of all sessions is one user's.
        userId: index % 10 === 0 ? USER : id(1, index),
        authSourceId: AUTH_SOURCE_ID,
        scopes: ['openid'],
        createdAt: new Date(),
        expiresAt: new Date(Date.now() + 86_400_000),
        revokedAt: null,
      })),
    );
  });
  await inBatches(EVENTS, (indices) =>
    manager.insert(
      AuditEvent,
      indices.map((index) => ({
        id: id(3, index),
        type: AUDIT_EVENT_TYPES[index % AUDIT_EVENT_TYPES.length]!,
        createdAt: new Date(NOW + index * 1000),
        clientId: `application-${index % 3}`,
        authSourceId: AUTH_SOURCE_ID,
        userId: index % 10 === 0 ? USER : id(1, index % USERS),
        address: '127.0.0.1',
        userAgent: 'test',
        detail: {},
      })),
    ),
  );
  const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
  // A server does so by itself, now and then.
  if (isMysql) await dataSource.query(`ANALYZE TABLE ${tables.join(', ')}`);
}

async function list(path: string): Promise<{ items: unknown[]; next_cursor: string | null }> {
  const response = await fetch(`${service.url}/admin/v1/${path}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as { items: unknown[]; next_cursor: string | null };
}

const at = (second: number) => new Date(NOW + second * 1000).toISOString();

const lists = [
  'applications',
  'auth-sources',
  'users',
  'users?status=NORMAL',
  'users?status=LOCK',
  `users?phone_number=%2B8613${'7'.padStart(9, '0')}`,
  `users?phone_number=%2B8613${'7'.padStart(9, '0')}&status=NORMAL`,
  'users?openid=openid-7',
  'users?unionid=unionid-7',
  'users?openid=openid-7&unionid=unionid-7&status=NORMAL',
  `users/${USER}/sessions`,
  'audit-events',
  `audit-events?user_id=${USER}`,
  'audit-events?client_id=application-1',
  'audit-events?type=login_failed',
  `audit-events?from=${at(10)}&to=${at(90)}`,
  `audit-events?type=login_failed&from=${at(10)}&to=${at(90)}`,
  `audit-events?user_id=${USER}&type=login_failed`,
  'audit-events?client_id=application-1&type=login_failed',
];

/** Every list, and its second page where there is one. */
async function paths(): Promise<string[]> {
  const all: string[] = [];
  for (const path of lists) {
    const { next_cursor } = await list(path);
    const next = `${path}${path.includes('?') ? '&' : '?'}cursor=${next_cursor}`;
    all.push(path, ...(next_cursor === null ? [] : [next]));
  }
  return all;
}

/** What MySQL says of a table that a statement reads. */
interface ExplainedRow {
  readonly type: string | null;
  readonly rows: number | string;
  readonly Extra: string | null;
}

/** What is wrong with how the database would find the rows; nothing when it looks them up in the order of an index. */
async function faults({ sql, parameters }: Statement): Promise<string[]> {
  if (!isMysql) {
    const plan = await dataSource.query<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, parameters);
    const isFiltered = /\bWHERE\b/i.test(sql);
    return plan
      .map(({ detail }) => detail)
      .filter(
        (detail) =>
          detail.includes('TEMP B-TREE') ||
          (/^SCAN\b/.test(detail) && (isFiltered || !/USING (COVERING )?INDEX/.test(detail))),
      );
  }
  const plan = await dataSource.query<ExplainedRow[]>(`EXPLAIN ${sql}`, parameters);
  return plan
    .filter(
      ({ type, rows, Extra }) =>
        type === 'ALL' ||
        (type === 'index' && Number(rows) > LIMIT + 1) ||
        /filesort|temporary/i.test(Extra ?? ''),
    )
    .map((row) => JSON.stringify(row));
}

/** How many rows the server has read on this connection. */
async function rowsRead(): Promise<number> {
  const status = await dataSource.query<{ Value: string }[]>(`SHOW SESSION STATUS LIKE 'Handler_read%'`);
  return status.reduce((sum, { Value }) => sum + Number(Value), 0);
}

async function readsOf(path: string): Promise<number> {
  const before = await rowsRead();
  await list(path);
  return (await rowsRead()) - before;
}

it('lists are looked up in the order of an index, and read about as many rows as they answer', async () => {
  const wrong: Record<string, unknown> = {};
  for (const path of await paths()) {
    const statements = await statementsOf(dataSource, async () => void (await list(path)));
    const selects = statements.filter(({ sql }) => sql.startsWith('SELECT'));
    expect(selects).not.toEqual([]);
    for (const statement of selects) {
      const found = await faults(statement);
      if (found.length > 0) wrong[`${path}: ${statement.sql}`] = found;
    }
    const reads = isMysql ? await readsOf(path) : 0;
    if (reads > MOST_READS) wrong[`${path} reads`] = reads;
  }
  expect(wrong).toEqual({});
});
