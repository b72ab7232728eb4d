import { jest } from '@jest/globals';
import { Leases } from '../src/database/leases.js';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { CleanUp } from '../src/maintenance/clean-up.service.js';
import { ExpiredTokens } from '../src/tokens/expired-tokens.js';
import { moveClock, resetClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions, withSessions } from './support/sessions.js';

let service: RunningService;

beforeEach(async () => {
  resetClock();
  service = await startService();
  service.simulator.wechat.addUser({ id: 'band' });
  await registerSessions(service);
});

afterEach(() => service.close());

/** So long nobody deletes what may be needed by an instance whose clock is behind. */
const MARGIN = 60;
const cleanUp = () => service.app.get(CleanUp).run();
const rows = async () => {
  const counts: number[] = [];
  for (const table of ['sessions', 'refresh_tokens', 'access_tokens']) {
    counts.push((await service.dataSource.query<unknown[]>(`SELECT * FROM ${table}`)).length);
  }
  return counts;
};

describe('the clean-up of tokens', () => {
  it('deletes what has expired, a session with its last token, and nothing that works', async () => {
    moveClock(0);
    const idle = await service.loginAs('band');
    const used = await service.loginAs('band');
    expect(await rows()).toEqual([2, 2, 2]);
    moveClock(3590);
    const { refresh_token, access_token } = await refreshed(service, used.refresh_token);
    await cleanUp();
    expect(await rows()).toEqual([2, 3, 1]);
    moveClock(20 + MARGIN);
    await cleanUp();
    expect(await rows()).toEqual([1, 1, 1]);
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
    await refreshed(service, refresh_token);
    await expect(refreshed(service, idle.refresh_token)).rejects.toThrow('Invalid refresh token');
    moveClock(7200 + MARGIN);
    await cleanUp();
    expect(await rows()).toEqual([0, 0, 0]);
  });

  it('a revoked token stays as long as its signature could be taken for good', async () => {
    moveClock(0);
    await service.register({
      applications: [anApplication({ ...withSessions, refresh_token_ttl: 10, refresh_token_max_ttl: 10 })],
    });
    const { access_token, refresh_token } = await service.loginAs('band');
    await service.post('/oauth2/revoke', { client_id: CLIENT_ID, token: refresh_token });
    moveClock(10 + MARGIN + 1);
    await cleanUp();
    expect(await rows()).toEqual([1, 0, 1]);
    expect(await introspected(service, access_token)).toEqual({ active: false });
    moveClock(300 + MARGIN);
    await cleanUp();
    expect(await rows()).toEqual([0, 0, 0]);
  });

  it('forgets a successor that is not answered again, and still knows that its predecessor was used', async () => {
    moveClock(0);
    const { refresh_token } = await service.loginAs('band');
    const successor = await refreshed(service, refresh_token);
    const sealed = async () => {
      const statement = 'SELECT successor_sealed AS sealed FROM refresh_tokens ORDER BY consumed_at DESC';
      return (await service.dataSource.query<{ sealed: unknown }[]>(statement)).map((row) => row.sealed);
    };
    moveClock(29);
    await cleanUp();
    expect(await refreshed(service, refresh_token)).toMatchObject({ refresh_token: successor.refresh_token });
    moveClock(1 + MARGIN);
    await cleanUp();
    expect(await sealed()).toEqual([expect.any(String), null]);
    moveClock(51);
    await cleanUp();
    expect(await sealed()).toEqual([null, null]);
    await service.register({
      applications: [anApplication({ ...withSessions, refresh_reuse_interval: 600 })],
    });
    await expect(refreshed(service, refresh_token)).rejects.toThrow('Invalid refresh token');
    await expect(refreshed(service, successor.refresh_token)).rejects.toThrow('Invalid refresh token');
  });

  it('works in bounded batches until nothing is left', async () => {
    for (let count = 0; count < 5; count++) await service.loginAs('band');
    moveClock(7200 + MARGIN);
    const { app } = service;
    const batch = () => app.get(UnitOfWork).run((manager) => app.get(ExpiredTokens).deleteBatch(manager, 2));
    expect([await batch(), await batch(), await batch(), await batch()]).toEqual([2, 2, 1, 0]);
    expect(await rows()).toEqual([0, 0, 0]);
  });

  it('lets others have their turn between two batches, and ends when it is told to', async () => {
    const { app } = service;
    const ending = new AbortController();
    const batches: number[] = [];
    const spy = jest.spyOn(app.get(ExpiredTokens), 'deleteBatch').mockImplementation((_, limit) => {
      // What waits for the event loop comes before the next batch.
      if (batches.push(limit) === 1) setImmediate(() => batches.push(0));
      if (batches.length === 5) ending.abort();
      return Promise.resolve(limit);
    });
    await app.get(CleanUp).run(ending.signal);
    spy.mockRestore();
    expect(batches).toEqual([500, 0, 500, 500, 500]);
  });

  it('is the work of one instance at a time', async () => {
    const { app } = service;
    const leases = app.get(Leases);
    const taken = await Promise.all(Array.from({ length: 10 }, () => leases.acquire('some work', 50_000)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await leases.acquire('other work', 50_000)).toBe(true);
    moveClock(49);
    expect(await leases.acquire('some work', 50_000)).toBe(false);
    moveClock(1);
    const again = await Promise.all(Array.from({ length: 10 }, () => leases.acquire('some work', 50_000)));
    expect(again.filter(Boolean)).toHaveLength(1);
  });

  it('does nothing while another instance does it', async () => {
    await service.loginAs('band');
    moveClock(7200 + MARGIN);
    await service.app.get(Leases).acquire('clean-up', 50_000);
    await cleanUp();
    expect(await rows()).toEqual([1, 1, 1]);
    moveClock(50);
    await cleanUp();
    expect(await rows()).toEqual([0, 0, 0]);
  });
});
