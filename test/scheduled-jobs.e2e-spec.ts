import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { ScheduledJobs } from '../src/maintenance/scheduled-jobs.js';
import { holdIntervals, letIntervalsPass, moveClock, resetClock } from '../src/testing/clock.js';
import { startService, type RunningService } from './support/service.js';
import { registerSessions } from './support/sessions.js';
import { until } from './support/until.js';

describe('the clean-up of tokens', () => {
  afterEach(() => resetClock());

  it('is done every minute by itself', async () => {
    holdIntervals();
    const service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
    await service.loginAs('band');
    const sessions = async () =>
      (await service.dataSource.query<unknown[]>('SELECT id FROM sessions')).length;
    expect(await sessions()).toBe(1);
    // The end of the session, and the minute after it.
    letIntervalsPass(7200 + 60 + 60);
    await until(async () => (await sessions()) === 0);
    await service.close();
  });
});

describe('the scheduled jobs', () => {
  let service: RunningService;

  beforeEach(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
  });

  afterEach(() => resetClock());

  it('are done as long as the service runs', async () => {
    const schedule = service.app.get(SchedulerRegistry);
    expect(schedule.getIntervals()).toHaveLength(4);
    const jobs = service.app.get(ScheduledJobs);
    await service.loginAs('band');
    moveClock(91 * 86_400);
    await Promise.all([jobs.deleteExpired(), jobs.rotateKeys()]);
    const rows = (statement: string) => service.dataSource.query<Record<string, unknown>[]>(statement);
    expect(await rows('SELECT * FROM sessions')).toEqual([]);
    expect(await rows(`SELECT alg FROM signing_keys WHERE state = 'retired' ORDER BY alg`)).toEqual([
      { alg: 'ES256' },
      { alg: 'RS256' },
    ]);
    await service.close();
    expect(schedule.getIntervals()).toEqual([]);
  });

  it('end with the service: what is begun is finished first, and nothing begins after', async () => {
    const jobs = service.app.get(ScheduledJobs);
    const { dataSource } = service;
    let openAtEnd: boolean | undefined;
    const running = jobs.rotateKeys().then(() => (openAtEnd = dataSource.isInitialized));
    await service.close();
    await running;
    expect(openAtEnd).toBe(true);
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await jobs.rotateKeys();
    await jobs.reloadKeys();
    // Without a database they would have failed.
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
