import { type DataSource, type EntityManager } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrate } from '../src/database/migrate.js';
import { UnitOfWork, afterCommit } from '../src/database/unit-of-work.js';
import { MetricsRegistry } from '../src/metrics/metrics-registry.js';
import { User } from '../src/users/user.entity.js';
import { onDatabaseInProcess } from './support/database-process.js';
import { aUserRow } from './support/rows.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const DUPLICATE = isMysql ? 'ER_DUP_ENTRY' : 'SQLITE_CONSTRAINT_PRIMARYKEY';

describe('a unit of work', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let unitOfWork: UnitOfWork;
  let registry: MetricsRegistry;

  beforeEach(async () => {
    database = await createTestDatabase({ shared: true });
    const options = dataSourceOptions({ url: database.url, poolSize: 4 });
    dataSource = await connect({ ...options, entities: [User] });
    await migrate(dataSource);
    registry = new MetricsRegistry();
    unitOfWork = new UnitOfWork(dataSource, registry);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const users = () => dataSource.manager.count(User);
  const insert = (manager: EntityManager, id: string) => manager.insert(User, aUserRow({ id }));

  it('returns what the work returned, and what it wrote is there', async () => {
    expect(await unitOfWork.run(async (manager) => (await insert(manager, 'one')).identifiers)).toEqual([
      { id: 'one' },
    ]);
    expect(await users()).toBe(1);
  });

  it('that fails leaves nothing, and does not stand in the way of the next', async () => {
    const failure = new Error('refused');
    let attempts = 0;
    const failing = unitOfWork.run(async (manager) => {
      attempts++;
      await insert(manager, 'one');
      throw failure;
    });
    const next = unitOfWork.run((manager) => insert(manager, 'two'));
    await expect(failing).rejects.toBe(failure);
    await next;
    expect(attempts).toBe(1);
    expect((await dataSource.manager.find(User)).map(({ id }) => id)).toEqual(['two']);
  });

  it.each([
    ['ER_LOCK_DEADLOCK', 'deadlock'],
    ['ER_LOCK_WAIT_TIMEOUT', 'lock_timeout'],
    ['SQLITE_BUSY_SNAPSHOT', 'lock_timeout'],
    ['ER_CHECKREAD', 'deadlock'],
    ['9007', 'deadlock'],
    ['ER_DUP_ENTRY', 'overtaken'],
  ])('that %s is in the way of counts as run again, by reason', async (code, reason) => {
    let attempts = 0;
    await unitOfWork.run(async (manager) => {
      await insert(manager, 'one');
      if (++attempts < 3) throw Object.assign(new Error('in the way'), { code });
    });
    expect((await registry.getSingleMetric('ciam_unit_of_work_retries_total')!.get()).values).toEqual([
      { labels: { reason }, value: 2 },
    ]);
  });

  it('does what is to follow its commit once, before it returns, and nothing when it fails', async () => {
    const done: string[] = [];
    let attempts = 0;
    await unitOfWork.run(async (manager) => {
      afterCommit(manager, () => done.push(`attempt ${++attempts}`));
      await insert(manager, 'one');
      // The first attempt is overtaken, and is run again.
      if (attempts === 0) {
        attempts++;
        await insert(manager, 'one');
      }
    });
    expect(done).toEqual(['attempt 2']);
    const failing = unitOfWork.run((manager) => {
      afterCommit(manager, () => done.push('never'));
      return Promise.reject(new Error('refused'));
    });
    await expect(failing).rejects.toThrow('refused');
    expect(done).toEqual(['attempt 2']);
    expect(() => afterCommit(dataSource.manager, () => undefined)).toThrow('in a unit of work');
  });

  it('reads what is committed, while others write', async () => {
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const writing = unitOfWork.run(async (manager) => {
      await insert(manager, 'one');
      await held;
    });
    // On a server it waits for nobody; on the one connection of SQLite, for its turn.
    const reading = unitOfWork.read((manager) => manager.count(User));
    if (isMysql) await reading;
    release();
    await writing;
    expect(await reading).toBe(isMysql ? 0 : 1);
    expect(await unitOfWork.read((manager) => manager.count(User))).toBe(1);
  });

  it('sees none of the rows of another that is not finished', async () => {
    const runs = Array.from({ length: 40 }, (_, index) =>
      unitOfWork.run(async (manager) => {
        const before = await manager.count(User);
        await insert(manager, `${index} first`);
        const between = await manager.countBy(User, { id: `${index} second` });
        await insert(manager, `${index} second`);
        return [before % 2, between];
      }),
    );
    expect(await Promise.all(runs)).toEqual(runs.map(() => [0, 0]));
    expect(await users()).toBe(80);
  });

  it('that violates a key runs again and finds the row that was there first', async () => {
    await unitOfWork.run((manager) => insert(manager, 'winner'));
    let attempts = 0;
    const found = await unitOfWork.run(async (manager) => {
      attempts++;
      await insert(manager, `orphan ${attempts}`);
      // The first time it comes too early to see the winner.
      const winner = attempts > 1 ? await manager.findOneBy(User, { id: 'winner' }) : null;
      if (!winner) await insert(manager, 'winner');
      return winner?.id;
    });
    expect([found, attempts]).toEqual(['winner', 2]);
    const ids = (await dataSource.manager.find(User, { order: { id: 'ASC' } })).map(({ id }) => id);
    expect(ids).toEqual(['orphan 2', 'winner']);
  });

  it('creates one row when many find none at the same time', async () => {
    const created = await Promise.all(
      Array.from({ length: 20 }, () =>
        unitOfWork.run(async (manager) => {
          if (await manager.findOneBy(User, { id: 'person' })) return false;
          await insert(manager, 'person');
          return true;
        }),
      ),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
  });

  it('gives up when a key is violated again and again', async () => {
    await unitOfWork.run((manager) => insert(manager, 'one'));
    let attempts = 0;
    const stubborn = unitOfWork.run((manager) => {
      attempts++;
      return insert(manager, 'one');
    });
    await expect(stubborn).rejects.toMatchObject({ driverError: { code: DUPLICATE } });
    expect(attempts).toBe(8);
    await unitOfWork.run((manager) => insert(manager, 'two'));
    expect(await users()).toBe(2);
  });

  it('succeeds on several processes that write the same row at once', async () => {
    await unitOfWork.run((manager) => insert(manager, 'counter'));
    const increments = 20;
    const body = `
      const lock = dataSource.options.type === 'mysql' ? ' FOR UPDATE' : '';
      await Promise.all(Array.from({ length: ${increments} }, () => unitOfWork.run(async (manager) => {
        const [{ nickname }] = await manager.query("SELECT nickname FROM users WHERE id = 'counter'" + lock);
        await manager.query('UPDATE users SET nickname = ? WHERE id = ?', [Number(nickname) + 1, 'counter']);
      })));`;
    const processes = 3;
    await Promise.all(Array.from({ length: processes }, () => onDatabaseInProcess(database.url, body)));
    const { nickname } = await dataSource.manager.findOneByOrFail(User, { id: 'counter' });
    expect(Number(nickname)).toBe(processes * increments);
  });

  it('gets its turn after another process has written, whatever is read meanwhile', async () => {
    const options = { ...dataSourceOptions({ url: database.url, poolSize: 1 }), entities: [User] };
    const other = await connect(options);
    const writing = other.createQueryRunner();
    await writing.startTransaction();
    await insert(writing.manager, 'first');
    let isDone = false;
    const second = unitOfWork.run((manager) => insert(manager, 'second')).finally(() => (isDone = true));
    // On SQLite they come between the beginning of the unit of work and its lock.
    for (let reads = 0; reads < 200 && !isDone; reads++) await users();
    await writing.commitTransaction();
    await other.destroy();
    await second;
    expect(await users()).toBe(2);
  });

  (isMysql ? it.skip : it)(
    'waits in line for another process: one tries, and the others follow',
    async () => {
      const other = await connect({
        ...dataSourceOptions({ url: database.url, poolSize: 1 }),
        entities: [User],
      });
      await other.query('BEGIN IMMEDIATE');
      const order: number[] = [];
      const waiting = Array.from({ length: 20 }, (_, index) =>
        unitOfWork.run(async (manager) => {
          await insert(manager, `${index}`);
          order.push(index);
        }),
      );
      // Readers wait for nobody.
      for (let reads = 0; reads < 50; reads++) await unitOfWork.read((manager) => manager.count(User));
      await other.query('COMMIT');
      await Promise.all(waiting);
      await other.destroy();
      expect(order).toEqual(order.map((_, index) => index));
    },
  );

  if (!isMysql) {
    it('lets everything else in the process have its turn before all who wait have had theirs', async () => {
      const order: string[] = [];
      setImmediate(() => order.push('everything else'));
      const turns = Array.from({ length: 8 }, (_, index) =>
        unitOfWork.run(async (manager) => {
          await insert(manager, `${index}`);
          order.push('turn');
        }),
      );
      await Promise.all(turns);
      expect(order).toHaveLength(9);
      expect(order.lastIndexOf('turn')).toBe(8);
    });
  }

  if (isMysql) {
    it('that is the victim of a deadlock runs again', async () => {
      await unitOfWork.run(async (manager) => {
        await insert(manager, 'left');
        await insert(manager, 'right');
      });
      const attempts = { 'left then right': 0, 'right then left': 0 };
      let holders = 0;
      let bothHold: () => void;
      const crossing = new Promise<void>((resolve) => (bothHold = resolve));
      const cross = (first: 'left' | 'right', second: 'left' | 'right') =>
        unitOfWork.run(async (manager) => {
          attempts[`${first} then ${second}` as keyof typeof attempts]++;
          await manager.update(User, { id: first }, { nickname: `${first} first` });
          if (++holders === 2) bothHold();
          await crossing;
          await manager.update(User, { id: second }, { nickname: `${first} first` });
        });
      await Promise.all([cross('left', 'right'), cross('right', 'left')]);
      expect(Object.values(attempts).sort()).toEqual([1, 2]);
      const nicknames = (await dataSource.manager.find(User)).map(({ nickname }) => nickname);
      // Both ran as a whole, so the one that came second wrote both.
      expect(new Set(nicknames).size).toBe(1);
    });
  }
});
