import { type DataSource } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { APP_ID, CLIENT_ID, loginRequest } from '../src/testing/factories.js';
import { LoadedService } from './support/loaded-service.js';
import { total } from './support/load.js';
import { seen as answered } from './support/service.js';
import { refreshed } from './support/sessions.js';
import { isMysql } from './support/test-database.js';
import { until } from './support/until.js';

const UNAVAILABLE = ['login 503 Service unavailable', 'refresh 503 Service unavailable'];
const calm = { name: 'calm', requests: 40 };

describe('under load, a database', () => {
  let loaded: LoadedService;

  beforeAll(async () => {
    loaded = await LoadedService.start();
  });
  beforeEach(() => loaded.forgetEverybody());
  afterAll(() => loaded.close());

  const unavailable = (outcomes: Record<string, number>) =>
    UNAVAILABLE.reduce((sum, what) => sum + (outcomes[what] ?? 0), 0);

  if (isMysql) {
    afterEach(() => loaded.line.restore());

    it.each([
      { how: 'is cut off', begin: () => loaded.line.cut(), requests: 60 },
      { how: 'does not answer any more', begin: () => loaded.line.block(), requests: 24 },
      { how: 'does not answer a COMMIT', begin: () => loaded.line.blockAt('COMMIT'), requests: 24 },
    ])('that $how costs nobody anything', async ({ begin, requests }) => {
      const restore = () => loaded.line.restore();
      const phases = [
        calm,
        { name: 'fault', requests, begin },
        { name: 'over', requests: 40, begin: restore },
      ];
      const seen = await loaded.endures(phases, UNAVAILABLE);
      expect(unavailable(total(seen, 'fault'))).toBeGreaterThan(0);
      expect(total(seen, 'over')).toMatchObject({
        'login 200': expect.any(Number),
        'refresh 200': expect.any(Number),
      });
    });

    it('that comes and goes costs nobody anything', async () => {
      const flaps = Array.from({ length: 4 }, (_, index) => [
        { name: `gone ${index}`, requests: 6, begin: () => loaded.line.cut() },
        { name: `back ${index}`, requests: 12, begin: () => loaded.line.restore() },
        { name: `reset ${index}`, requests: 12, begin: () => loaded.line.reset() },
      ]).flat();
      const seen = await loaded.endures([calm, ...flaps], UNAVAILABLE);
      expect(unavailable(total(seen))).toBeGreaterThan(0);
    });

    it('whose answers to COMMIT are lost now and then costs nobody anything', async () => {
      const losses = Array.from({ length: 6 }, (_, index) => ({
        name: `loss ${index}`,
        requests: 10,
        begin: () => loaded.line.loseAnswerTo('COMMIT'),
      }));
      const seen = await loaded.endures([calm, ...losses], UNAVAILABLE);
      expect(unavailable(total(seen))).toBeGreaterThan(0);
    });
  } else {
    it('that another process keeps from being written to costs nobody anything', async () => {
      const other: DataSource = await connect(dataSourceOptions({ url: loaded.database.url, poolSize: 1 }));
      const phases = [
        calm,
        { name: 'locked', requests: 12, begin: () => other.query('BEGIN IMMEDIATE') },
        { name: 'free', requests: 40, begin: () => other.query('COMMIT') },
        { name: 'locked again', requests: 12, begin: () => other.query('BEGIN IMMEDIATE') },
        { name: 'free again', requests: 40, begin: () => other.query('ROLLBACK') },
      ];
      const seen = await loaded.endures(phases, UNAVAILABLE);
      await other.destroy();
      expect(unavailable(total(seen))).toBeGreaterThan(0);
    });
  }
});

// An embedded database has no line, and what it is asked is answered at once.
(isMysql ? describe : describe.skip)('a line to the database', () => {
  let loaded: LoadedService;

  beforeAll(async () => {
    loaded = await LoadedService.start();
    loaded.service.simulator.wechat.addUser({ id: 'band' });
  });
  beforeEach(() => loaded.forgetEverybody());
  afterEach(() => loaded.line.restore());
  afterAll(() => loaded.close());

  const unavailable = {
    status: 503,
    body: { error: 'temporarily_unavailable', error_description: 'Service unavailable' },
  };
  const login = () => loaded.service.login('band');
  const refresh = (refresh_token: string) =>
    loaded.service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
  const count = async (table: string) =>
    Number((await loaded.service.dataSource.query<{ n: string }[]>(`SELECT COUNT(*) n FROM ${table}`))[0]!.n);

  it('that is slow holds a request up for as long as it may wait in all, not for each statement anew', async () => {
    await loaded.service.loginAs('band');
    // No statement takes too long by itself; those of a login that may be repeated together do.
    loaded.line.delay(1700);
    const body = loginRequest(loaded.service.simulator.wechat.login(APP_ID, 'band'));
    const slow = await loaded.service.token(body, { 'Idempotency-Key': 'a-login-over-a-slow-line' });
    expect(await answered(slow)).toEqual(unavailable);
    loaded.line.restore();
    // What was begun was taken back, and its connection is as good as any.
    expect(await count('sessions')).toBe(1);
    await until(async () => (await login()).status === 200);
    for (let attempt = 0; attempt < 8; attempt++) await loaded.service.loginAs('band');
    expect([await count('users'), await count('sessions')]).toEqual([1, 10]);
  });

  it.each([
    'external_identities',
    'START TRANSACTION',
    'INSERT INTO `users`',
    'INSERT INTO `access_tokens`',
    'COMMIT',
  ])('that is blocked at %s of a first login leaves nothing of it', async (statement) => {
    loaded.line.blockAt(statement);
    const begunAt = performance.now();
    expect(await answered(await login())).toEqual(unavailable);
    figures.push(`${statement}: ${Math.round(performance.now() - begunAt)} ms`);
    loaded.line.restore();
    await loaded.service.login('band');
    for (const table of ['users', 'external_identities', 'sessions', 'refresh_tokens', 'access_tokens']) {
      expect([table, await count(table)]).toEqual([table, 1]);
    }
  });

  const figures: string[] = [];
  afterAll(() =>
    process.stderr.write(`A login whose line is blocked is answered after\n  ${figures.join('\n  ')}\n`),
  );

  it('that loses the answer to the COMMIT of a login leaves its client a login that works', async () => {
    loaded.line.loseAnswerTo('COMMIT', 'INSERT INTO `sessions`');
    expect(await answered(await login())).toEqual(unavailable);
    const { refresh_token } = await loaded.service.loginAs('band');
    await refreshed(loaded.service, refresh_token);
    // The session that nobody was told of is there until it expires; the person is one user.
    expect([await count('users'), await count('sessions')]).toEqual([1, 2]);
  });

  it('that loses the answer to the COMMIT of a refresh leaves its client the same successor', async () => {
    const { refresh_token } = await loaded.service.loginAs('band');
    loaded.line.loseAnswerTo('COMMIT', 'INSERT INTO `refresh_tokens`');
    expect(await answered(await refresh(refresh_token))).toEqual(unavailable);
    expect(await count('refresh_tokens')).toBe(2);
    const next = await refreshed(loaded.service, refresh_token);
    expect(await count('refresh_tokens')).toBe(2);
    await refreshed(loaded.service, next.refresh_token);
  });
});
