import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { OPERATOR, TestCommandLine, linesOf, valuesOf } from './support/command-line.js';
import { APP_ID, AUTH_SOURCE_ID, CLIENT_ID, anAuthSource } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions } from './support/sessions.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);
const PHONE = '+8613800138000';

let cli: TestCommandLine;
let service: RunningService;
/** User ids by the names that the simulator has for them. */
const users: Record<string, string> = {};

beforeAll(async () => {
  cli = await TestCommandLine.create();
  service = await startService(cli.environment);
  await registerSessions(service);
  await service.register({
    authSources: [anAuthSource({ attribute_mapping: [{ from: 'phoneNumber', to: 'phone_number' }] })],
  });
  const { wechat } = service.simulator;
  for (const id of ['one', 'two', 'three']) {
    wechat.addUser({ id, phone: { countryCode: '86', purePhoneNumber: '13800138000' } });
    const phone = { getPhoneNumber: true, phone_code: wechat.phoneCode(APP_ID, id) };
    const { access_token } = await service.loginAs(id, id === 'one' ? phone : {});
    users[id] = ((await introspected(service, access_token)) as { sub: string }).sub;
  }
});
afterAll(async () => {
  await service.close();
  await cli.close();
});

/** A user as answers have one. */
function user(name: string, overrides: object = {}) {
  return {
    ...{ id: users[name], status: 'NORMAL', name: null, nickname: null, picture: null, gender: null },
    ...{ locality: null, region: null, country: null, locale: null, phone_number: null, custom: {} },
    identities: [
      { type: 'wechat_openid', issuer: APP_ID, subject: service.simulator.wechat.openid(APP_ID, name) },
    ],
    created_at: TIME,
    updated_at: TIME,
    ...overrides,
  };
}

describe('npm run cli -- users', () => {
  it('are listed page by page, the newest first', async () => {
    const first = await cli.run(['users', 'list', '--limit', '2']);
    const [head, ...rows] = first.stdout.trimEnd().split('\n');
    expect(head).toMatch(/^id {36}status {2}nickname {2}phone_number {2}created_at$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 4))).toEqual([
      [users.three, 'NORMAL', '-', '-'],
      [users.two, 'NORMAL', '-', '-'],
    ]);
    const [, cursor] = /^There are more: --cursor (\S+)\n$/.exec(first.stderr)!;
    expect(await cli.json('users', 'list', '--cursor', cursor!)).toEqual({
      items: [user('one', { phone_number: PHONE })],
      next_cursor: null,
    });
  });

  it('are found by phone number, openid, status', async () => {
    const openid = service.simulator.wechat.openid(APP_ID, 'two');
    const [byNumber, byOpenid, wrong] = await Promise.all([
      cli.run(['users', 'list', '--phone-number', PHONE, '--status', 'NORMAL', '--json']),
      cli.run(['users', 'list', '--openid', openid, '--json']),
      cli.run([
        'users',
        'list',
        '--phone-number',
        '138',
        '--status',
        'GONE',
        '--limit',
        '201',
        '--cursor',
        '!',
      ]),
    ]);
    expect(JSON.parse(byNumber.stdout)).toEqual({
      items: [user('one', { phone_number: PHONE })],
      next_cursor: null,
    });
    expect(JSON.parse(byOpenid.stdout)).toEqual({ items: [user('two')], next_cursor: null });
    expect(wrong).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'Invalid values:',
        '  phone_number: must be an E.164 number such as +8613800138000',
        '  status: must be one of the following values: NORMAL, LOCK, FREEZE',
        '  limit: must not be greater than 200',
        '',
      ].join('\n'),
    });
  });

  it('are locked, frozen and let in again, which a running service obeys', async () => {
    const { refresh_token } = await service.loginAs('two');
    const locked = await cli.run(['users', 'lock', users.two!]);
    expect({ code: locked.code, stderr: locked.stderr }).toEqual({ code: 0, stderr: '' });
    expect(valuesOf(locked.stdout)).toMatchObject({ id: users.two, status: 'LOCK', phone_number: '-' });
    await expect(refreshed(service, refresh_token)).rejects.toThrow('Abnormal user status');
    expect(await cli.json('users', 'freeze', users.two!)).toEqual(user('two', { status: 'FREEZE' }));
    expect(await cli.json('users', 'unlock', users.two!)).toEqual(user('two'));
    await refreshed(service, refresh_token);
  });

  it('have sessions, which end one by one or all at once', async () => {
    const { refresh_token } = await service.loginAs('three');
    const { items } = (await cli.json('users', 'sessions', users.three!)) as { items: { id: string }[] };
    const session = {
      ...{ id: UUID, client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID },
      ...{ scopes: ['openid', 'profile', 'phone'], created_at: TIME, expires_at: TIME },
    };
    expect(items).toEqual([session, session]);
    const newest = items[0]!.id;
    const ended = { user_id: users.three, session_id: newest, ended: true };
    expect(await cli.json('users', 'end-sessions', users.three!, newest)).toEqual(ended);
    await expect(refreshed(service, refresh_token)).rejects.toThrow('Invalid refresh token');
    const again = await cli.run(['users', 'end-sessions', users.three!, newest]);
    expect(again).toEqual({ code: 3, stdout: '', stderr: `Not found: ${users.three} ${newest}\n` });
    const left = (await cli.run(['users', 'sessions', users.three!])).stdout.split('\n');
    expect(left[0]!.split(/ +/)).toEqual(Object.keys(session));
    expect(left[1]).toMatch(new RegExp(`^${items[1]!.id}  ${CLIENT_ID} `));
    expect(await cli.run(['users', 'end-sessions', users.three!, '--yes'])).toEqual({
      code: 0,
      stdout: `every session of user ${users.three} ended\n`,
      stderr: '',
    });
    expect((await cli.run(['users', 'sessions', users.three!])).stdout).toBe('');
  });

  it('are erased', async () => {
    const result = await cli.run(['users', 'delete', users.three!, '--yes']);
    expect(result).toEqual({ code: 0, stdout: `user ${users.three} deleted\n`, stderr: '' });
    const unknown = { code: 3, stdout: '', stderr: `Not found: ${users.three}\n` };
    const others = [['show'], ['lock'], ['sessions'], ['delete', '--yes'], ['end-sessions', '--yes']];
    expect(
      await Promise.all(others.map(([name, ...rest]) => cli.run(['users', name!, users.three!, ...rest]))),
    ).toEqual(others.map(() => unknown));
  });
});

describe('npm run cli -- audit tail', () => {
  async function recordLogin(userId: string, time: number): Promise<void> {
    const event = {
      id: randomUUID(),
      type: 'login_succeeded',
      createdAt: new Date(time),
      userId,
      detail: {},
    };
    await service.app.get(UnitOfWork).run((manager) => manager.insert(AuditEvent, event));
  }

  it('prints the last events of those that are asked for, the newest at the end', async () => {
    const ofTwo = ['audit', 'tail', '--user', users.two!, '--client', CLIENT_ID];
    const { code, stdout, stderr } = await cli.run(['audit', 'tail', '--user', users.two!, '-n', '4']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const client = `client=${CLIENT_ID} source=${AUTH_SOURCE_ID}`;
    expect(
      stdout
        .replaceAll(/^\S+Z /gm, '')
        .trimEnd()
        .split('\n'),
    ).toEqual([
      expect.stringMatching(
        new RegExp(
          `^login_succeeded ${client} user=${users.two} address=\\S+ grant_type=\\S+ scope="openid profile phone"$`,
        ),
      ),
      `user_status_changed user=${users.two} before=NORMAL after=LOCK by="${OPERATOR}"`,
      `user_status_changed user=${users.two} before=LOCK after=FREEZE by="${OPERATOR}"`,
      `user_status_changed user=${users.two} before=FREEZE after=NORMAL by="${OPERATOR}"`,
    ]);
    const logins = linesOf((await cli.run([...ofTwo, '--type', 'login_succeeded', '--json'])).stdout);
    expect(logins.map(({ type, user_id }) => [type, user_id])).toEqual([
      ['login_succeeded', users.two],
      ['login_succeeded', users.two],
    ]);
    const since = (logins[1] as { created_at: string }).created_at;
    const late = await cli.run([...ofTwo, '--since', since, '--json']);
    expect(linesOf(late.stdout)).toEqual([logins[1]]);
  });

  it('ends with 2 and names every wrong option', async () => {
    const args = ['--user', 'a b', '--client', '', '--type', 'x', '--since', 'today', '--limit', '0'];
    const id = 'must be 1 to 128 printable ASCII characters without spaces';
    const { code, stdout, stderr } = await cli.run(['audit', 'tail', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      'Invalid values:',
      `  user: ${id}`,
      `  client: ${id}`,
      expect.stringMatching(/^ {2}type: must be one of the following values: login_succeeded, /),
      '  since: must be a time of RFC 3339 such as 2026-01-31T08:00:00Z',
      '  limit: must not be less than 1',
    ]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('follows, each event once, until %s', async (signal) => {
    const child = cli.start('audit', 'tail', '--follow', '--json', '-n', '2', '--type', 'login_succeeded');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () =>
      JSON.parse((await lines.next()).value as string) as { id: string; user_id: string };
    const ids = [(await next()).id, (await next()).id];
    const seen = async (userId: string) => {
      const event = await next();
      expect(event.user_id).toBe(userId);
      ids.push(event.id);
    };
    await service.loginAs('one');
    await seen(users.one!);
    // Recorded where the clock is an hour ahead, and in a unit of work that took five seconds.
    for (const ms of [3_600_000, -5000]) {
      await recordLogin('elsewhere', Date.now() + ms);
      await seen('elsewhere');
    }
    for (const name of ['two', 'one']) await service.loginAs(name);
    await seen(users.two!);
    await seen(users.one!);
    expect(new Set(ids).size).toBe(ids.length);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await lines.next()).done).toBe(true);
  });

  it('ends with 0 when whoever reads it has read enough', async () => {
    const child = cli.start('audit', 'tail', '--follow', '-n', '1');
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await service.loginAs('one');
    expect(await ended).toEqual([0, null]);
  });
});
