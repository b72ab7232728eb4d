import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuditService } from '../src/audit/audit.service.js';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { ScheduledJobs } from '../src/maintenance/scheduled-jobs.js';
import { anAnswer, invalid, startAdministrated, type AdminClient } from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { type RunningService } from './support/service.js';

const START = Date.parse('2030-01-01T00:00:00.000Z');
const DAY = 86_400;

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
});

beforeEach(() => stopClock(START));

afterEach(async () => {
  resetClock();
  await service.dataSource.query('DELETE FROM audit_events');
});

afterAll(() => service.close());

/** An event that happens now. */
const record = (userId: string, clientId = 'client', running = service) =>
  running.app
    .get(UnitOfWork)
    .run((manager) =>
      running.app
        .get(AuditService)
        .record(
          manager,
          'user_status_changed',
          { userId, clientId },
          { before: 'NORMAL', after: 'LOCK', by: 'test' },
        ),
    );

/** The users of the events that a query finds, in its order. */
async function users(query: string): Promise<string[]> {
  const { status, body } = await admin.call('GET', `/audit-events${query}`);
  expect([query, status, body]).toEqual([query, 200, expect.objectContaining({ next_cursor: null })]);
  return (body as { items: { user_id: string }[] }).items.map(({ user_id }) => user_id);
}

describe('GET /audit-events', () => {
  it('lists whole events, the newest first', async () => {
    await record('first');
    moveClock(0.001);
    await record('second');
    const event = (user_id: string, created_at: string) => ({
      id: expect.any(String),
      type: 'user_status_changed',
      created_at,
      client_id: 'client',
      auth_source_id: null,
      user_id,
      address: null,
      user_agent: null,
      detail: { before: 'NORMAL', after: 'LOCK', by: 'test' },
    });
    expect(await admin.call('GET', '/audit-events')).toEqual(
      anAnswer({
        items: [event('second', '2030-01-01T00:00:00.001Z'), event('first', '2030-01-01T00:00:00.000Z')],
        next_cursor: null,
      }),
    );
  });

  it('those of one moment are in the order in which they happened', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `user-${index}`);
    for (const id of ids) await record(id);
    expect(await users('')).toEqual(ids.reverse());
  });

  it('finds those of a user, of a client, of a type, and of all three', async () => {
    await record('a', 'one');
    await record('b', 'one');
    await record('a', 'two');
    await service.app
      .get(UnitOfWork)
      .run((manager) =>
        service.app
          .get(AuditService)
          .record(manager, 'user_deleted', { userId: 'a', clientId: 'one' }, { by: 'test' }),
      );
    expect(await users('?user_id=a')).toHaveLength(3);
    expect(await users('?user_id=A')).toEqual([]);
    expect(await users('?client_id=one')).toEqual(['a', 'b', 'a']);
    expect(await users('?type=user_deleted')).toEqual(['a']);
    expect(await users('?type=user_status_changed&client_id=one')).toEqual(['b', 'a']);
    expect(await users('?type=user_status_changed&client_id=two&user_id=a')).toEqual(['a']);
    expect(await users('?type=user_deleted&client_id=two')).toEqual([]);
    expect(await users('?type=login_failed')).toEqual([]);
  });

  describe('from and to', () => {
    beforeEach(async () => {
      for (const user of ['-1', '0', '+1']) {
        stopClock(START + Number(user));
        await record(user);
      }
    });

    it.each([
      ['from=2030-01-01T00:00:00Z', ['+1', '0']],
      ['from=2030-01-01T00:00:00.000Z', ['+1', '0']],
      ['from=2030-01-01T00:00:00.001Z', ['+1']],
      ['from=2030-01-01T00:00:00.002Z', []],
      ['to=2030-01-01T00:00:00Z', ['-1']],
      ['to=2030-01-01T00:00:00.001Z', ['0', '-1']],
      ['to=2030-01-01T00:00:00.002Z', ['+1', '0', '-1']],
      ['from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00Z', []],
      ['from=2030-01-01T00:00:00Z&to=2030-01-01T00:00:00.001Z', ['0']],
      ['from=2030-01-02T00:00:00Z&to=2029-01-01T00:00:00Z', []],
      ['from=&to=', ['+1', '0', '-1']],
      // The same moment elsewhere.
      ['from=2030-01-01T08:00:00%2B08:00', ['+1', '0']],
      ['from=2030-01-01T08:00:00+08:00', ['+1', '0']],
      ['to=2029-12-31T18:30:00-05:30', ['-1']],
      ['from=2030-01-01t00:00:00z', ['+1', '0']],
      ['from=2030-01-01%2000:00:00Z', ['+1', '0']],
      ['from=2030-01-01T00:00:00.0000009Z', ['+1', '0']],
    ])('%s', async (query, expected) => {
      expect(await users(`?${query}`)).toEqual(expected);
    });

    it.each([
      '2030-01-01',
      '2030-01-01T00:00:00',
      '2030-01-01T00:00Z',
      '2030-02-30T00:00:00Z',
      '2030-13-01T00:00:00Z',
      '2030-01-01T24:00:00Z',
      '2030-01-01T00:60:00Z',
      '1893456000',
      'now',
    ])('%s is no time', async (moment) => {
      const detail = 'must be a time of RFC 3339 such as 2026-01-31T08:00:00Z';
      expect(await admin.call('GET', `/audit-events?from=${moment}&to=${moment}`)).toEqual(
        invalid({ from: detail, to: detail }),
      );
    });
  });

  it.each([
    ['type', 'unknown', expect.stringMatching(/^must be one of the following values: login_succeeded, /)],
    ['user_id', 'a%20b', 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', 'x'.repeat(129), 'must be 1 to 128 printable ASCII characters without spaces'],
    ['auth_source_id', 'a', 'unknown parameter'],
  ])('%s=%s is not valid', async (name, value, detail) => {
    expect(await admin.call('GET', `/audit-events?${name}=${value}`)).toEqual(invalid({ [name]: detail }));
  });
});

describe('an event in the log', () => {
  it('is a line of its own with the members that the admin API has, once it is stored', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    await record('a');
    const { body } = await admin.done<{ items: object[] }>('GET', '/audit-events');
    const lines = log.mock.calls.filter(
      ([line]) => typeof line === 'object' && line !== null && 'type' in line,
    );
    expect(lines).toEqual([[body.items[0]]]);
    log.mockRestore();
  });

  it('is not there when its unit of work was rolled back, nor is it stored', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    const failed = service.app.get(UnitOfWork).run(async (manager) => {
      await service.app.get(AuditService).record(manager, 'user_deleted', { userId: 'a' }, { by: 'test' });
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await users('')).toEqual([]);
    expect(
      log.mock.calls.filter(([line]) => typeof line === 'object' && line !== null && 'type' in line),
    ).toEqual([]);
    log.mockRestore();
  });
});

describe('AUDIT_RETENTION_DAYS', () => {
  const cleanUp = async (running: RunningService) => {
    // Of all instances one does it, and each minute once.
    await running.dataSource.query('DELETE FROM leases');
    await running.app.get(ScheduledJobs).deleteExpired();
  };
  const count = async (running: RunningService) => running.dataSource.manager.count(AuditEvent);

  it('is 180 when nothing is said: an event is kept so long and no longer', async () => {
    await record('old');
    moveClock(1);
    await record('new');
    moveClock(180 * DAY - 1);
    await cleanUp(service);
    expect(await users('')).toEqual(['new', 'old']);
    moveClock(0.001);
    await cleanUp(service);
    expect(await users('')).toEqual(['new']);
    moveClock(1);
    await cleanUp(service);
    expect(await users('')).toEqual([]);
  });

  it('deletes more than goes at once', async () => {
    await record('old');
    const { manager } = service.dataSource;
    const [event] = await manager.find(AuditEvent);
    await manager.insert(
      AuditEvent,
      Array.from({ length: 1200 }, (_, copy) => ({
        ...event!,
        id: `copy-${copy}`,
        detail: event!.detail as Record<string, string>,
      })),
    );
    moveClock(181 * DAY);
    await record('new');
    await cleanUp(service);
    expect(await users('')).toEqual(['new']);
  });

  it.each([
    ['1', 1],
    ['0', Infinity],
  ])('may be %s', async (AUDIT_RETENTION_DAYS, days) => {
    const { service: other } = await startAdministrated({ AUDIT_RETENTION_DAYS });
    await record('old', 'client', other);
    moveClock(DAY);
    await cleanUp(other);
    expect(await count(other)).toBe(1);
    moveClock(36_500 * DAY);
    await cleanUp(other);
    expect(await count(other)).toBe(days === Infinity ? 1 : 0);
    await other.close();
  });
});
