import { type DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrate } from '../src/database/migrate.js';
import { NewRows } from '../src/database/new-rows.js';
import { RowShape } from '../src/database/row-shape.js';
import { AccessToken } from '../src/tokens/access-token.entity.js';
import { RefreshToken } from '../src/tokens/refresh-token.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import { ExternalIdentity } from '../src/users/external-identity.entity.js';
import { User } from '../src/users/user.entity.js';
import { aUserRow } from './support/rows.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const at = new Date(1_700_000_000_123);
const long = `'"\\\`?;-- 微信\n`.repeat(20);

/** One row with everything, and one with as little as there may be. */
const rows: [string, EntityTarget<ObjectLiteral>, ObjectLiteral[]][] = [
  [
    'User',
    User,
    [
      aUserRow({
        id: 'full',
        nickname: long.slice(0, 200),
        phoneNumber: '+8613800138000',
        custom: { level: long },
      }),
      aUserRow({ id: 'user' }),
    ],
  ],
  [
    'ExternalIdentity',
    ExternalIdentity,
    [{ type: 'wechat_openid', issuer: 'wx', subject: 'Subject', userId: 'user', createdAt: at }],
  ],
  [
    'Session',
    Session,
    [
      {
        id: 'full',
        clientId: 'c',
        userId: 'user',
        authSourceId: 'a',
        scopes: ['openid'],
        createdAt: at,
        expiresAt: at,
        revokedAt: at,
      },
      {
        id: 's',
        clientId: 'c',
        userId: 'user',
        authSourceId: null,
        scopes: [],
        createdAt: at,
        expiresAt: at,
        revokedAt: null,
      },
    ],
  ],
  [
    'RefreshToken',
    RefreshToken,
    [
      {
        hash: 'full',
        sessionId: 's',
        createdAt: at,
        expiresAt: at,
        consumedAt: at,
        successorHash: 'next',
        successorSealed: long,
        sealedUntil: at,
      },
      {
        hash: 'least',
        sessionId: 's',
        createdAt: at,
        expiresAt: at,
        consumedAt: null,
        successorHash: null,
        successorSealed: null,
        sealedUntil: null,
      },
    ],
  ],
  [
    'AccessToken',
    AccessToken,
    [
      { jti: 'full', sessionId: 's', expiresAt: at, revokedAt: at },
      { jti: 'least', sessionId: null, expiresAt: at, revokedAt: null },
    ],
  ],
  [
    'AuditEvent',
    AuditEvent,
    [
      {
        id: 'full',
        type: 'login_succeeded',
        createdAt: at,
        clientId: 'c',
        authSourceId: 'a',
        userId: 'user',
        address: '::1',
        userAgent: long.slice(0, 100),
        detail: { scope: long, list: [1, null, { deep: true }] },
      },
      {
        id: 'least',
        type: 'login_failed',
        createdAt: at,
        clientId: null,
        authSourceId: null,
        userId: null,
        address: null,
        userAgent: null,
        detail: {},
      },
    ],
  ],
];

describe('the rows of', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    const entities = rows.map(([, target]) => target as new () => object);
    dataSource = await connect({ ...dataSourceOptions({ url: database.url, poolSize: 2 }), entities });
    await migrate(dataSource);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  async function insert(targets: typeof rows): Promise<void> {
    const added = new NewRows();
    // In the wrong order: the statements have to be in the right one.
    for (const [, target, objects] of [...targets].reverse()) {
      for (const object of objects) await added.insert(target, object);
    }
    for (const { sql, parameters } of added.statements(dataSource))
      await dataSource.query(sql, [...parameters]);
  }

  it.each(rows)(
    '%s are inserted as TypeORM reads them, and read as TypeORM does',
    async (_, target, objects) => {
      await insert(rows);
      const shape = RowShape.of(dataSource, target).as('it');
      const { tableName, primaryColumns } = dataSource.getMetadata(target);
      const order = primaryColumns.map(({ databaseName }) => databaseName).join(', ');
      const found = await dataSource.query<Record<string, unknown>[]>(
        `SELECT ${shape.selection} FROM ${tableName} it ORDER BY ${order}`,
      );
      const primary = Object.fromEntries(primaryColumns.map(({ propertyName }) => [propertyName, 'ASC']));
      const read = await dataSource.manager.find(target, { order: primary });
      expect(read.map((object) => ({ ...object }))).toEqual(objects);
      expect(found.map((row) => shape.read(row))).toEqual(read);
    },
  );
});
