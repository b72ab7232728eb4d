import { type DataSource } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { isUnreachable } from '../src/database/database-errors.js';
import { migrate } from '../src/database/migrate.js';
import { UnitOfWork, afterCommit } from '../src/database/unit-of-work.js';
import { RefreshToken } from '../src/tokens/refresh-token.entity.js';
import { Session } from '../src/tokens/session.entity.js';
import { User } from '../src/users/user.entity.js';
import { aUserRow } from './support/rows.js';
import { statementsOf } from './support/statements.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const DUPLICATE = isMysql ? 'ER_DUP_ENTRY' : 'SQLITE_CONSTRAINT_PRIMARYKEY';
const entities = [User, Session, RefreshToken];

describe('rows that are added by many at once', () => {
  let database: TestDatabase;
  let line: TcpProxy | undefined;
  /** What adds them. */
  let dataSource: DataSource;
  let unitOfWork: UnitOfWork;
  /** What sees of it what is committed. */
  let other: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase({ shared: true });
    const url = new URL(database.url);
    line = isMysql ? await startTcpProxy(url.hostname, Number(url.port || 3306)) : undefined;
    other = await connect({ ...dataSourceOptions({ url: database.url, poolSize: 2 }), entities });
    await migrate(other);
    if (line) url.host = `127.0.0.1:${line.port}`;
    dataSource = await connect({ ...dataSourceOptions({ url: url.href, poolSize: 4 }), entities });
    unitOfWork = new UnitOfWork(dataSource);
  });
  afterEach(async () => {
    await Promise.all([dataSource.destroy(), other.destroy()]);
    await line?.close();
    await database.drop();
  });

  const add = (id: string) => unitOfWork.add((rows) => rows.insert(User, aUserRow({ id })));
  const ids = async () => (await other.manager.find(User, { order: { id: 'ASC' } })).map(({ id }) => id);
  const letters = [...'abcdefghij'];

  it('are inserted by one statement, and are there when anybody is told so', async () => {
    const statements = await statementsOf(dataSource, async () => {
      await Promise.all(
        letters.map(async (id) => {
          await add(id);
          expect(await ids()).toContain(id);
        }),
      );
    });
    expect(statements.filter(({ sql }) => sql.includes('INSERT INTO'))).toHaveLength(1);
    expect(await ids()).toEqual(letters);
  });

  it('of several tables are one message to MySQL, and what others refer to comes first', async () => {
    const now = new Date();
    const session = { clientId: 'c', userId: 'u', authSourceId: null, scopes: ['openid'], createdAt: now };
    const token = { createdAt: now, consumedAt: null, successorHash: null, successorSealed: null };
    const statements = await statementsOf(dataSource, async () => {
      await unitOfWork.add(async (rows) => {
        await rows.insert(RefreshToken, {
          ...token,
          hash: 'h',
          sessionId: 's',
          expiresAt: now,
          sealedUntil: null,
        });
        await rows.insert(Session, { ...session, id: 's', expiresAt: now, revokedAt: null });
      });
    });
    if (isMysql) expect(statements).toHaveLength(1);
    const [stored] = await other.manager.find(RefreshToken, { relations: { session: true } });
    expect(stored).toMatchObject({ hash: 'h', createdAt: now, session: { id: 's', scopes: ['openid'] } });
  });

  it('one of which cannot be stored are, but for that one', async () => {
    await add('c');
    const outcomes = await Promise.allSettled(letters.map(add));
    const failed = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [letters[index]] : [],
    );
    expect(failed).toEqual(['c']);
    expect(outcomes[2]).toMatchObject({ reason: { driverError: { code: DUPLICATE } } });
    expect(await ids()).toEqual(letters);
    // Nothing is left open that would keep the next from being seen.
    await Promise.all(letters.map((id) => add(`${id}2`)));
    expect(await ids()).toHaveLength(20);
  });

  it('have their actions done when they are committed, and only then', async () => {
    await add('c');
    const done: string[] = [];
    const adding = letters.map((id) =>
      unitOfWork.add(async (rows) => {
        await rows.insert(User, aUserRow({ id }));
        afterCommit(rows, () => done.push(id));
      }),
    );
    await Promise.allSettled(adding);
    expect(done.sort()).toEqual(letters.filter((id) => id !== 'c'));
  });

  it('wait for somebody who is in the way', async () => {
    const writing = other.createQueryRunner();
    await writing.startTransaction();
    await writing.manager.insert(User, aUserRow({ id: 'c' }));
    const adding = Promise.all(['a', 'b', 'c'].map(add));
    // The first attempt has to wait for the key, whichever way the database does that.
    await Promise.race([adding, new Promise((resolve) => setTimeout(resolve, 100))]);
    await writing.rollbackTransaction();
    await writing.release();
    await adding;
    expect(await ids()).toEqual(['a', 'b', 'c']);
  });

  it('nobody has given anything to are none', async () => {
    expect(await unitOfWork.add(() => Promise.resolve('nothing'))).toBe('nothing');
    expect(await ids()).toEqual([]);
  });

  (isMysql ? it : it.skip)(
    'whose answer is lost are not said to be there, nor are they written twice',
    async () => {
      line!.loseAnswerTo('INSERT INTO `users`');
      const outcomes = await Promise.allSettled(letters.map(add));
      expect(outcomes.map((outcome) => 'reason' in outcome && isUnreachable(outcome.reason))).toEqual(
        letters.map(() => true),
      );
      expect(await ids()).toEqual(letters);
      line!.restore();
      await add('later');
      expect(await ids()).toHaveLength(11);
    },
  );
});
