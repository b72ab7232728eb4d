import { UUID, aResource, anAnswer, invalid, startAdministrated, type AdminClient } from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { APP_ID, APP_SECRET, CLIENT_ID, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, type RunningService } from './support/service.js';
import { introspected, refreshed, registerSessions } from './support/sessions.js';

const NOW = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-01T00:00:01.000Z';
const OTHER_APP_ID = 'wx0000000000000002';
const OPENID = 'oGZUI0egBJY1zhBYw2KhdUfwVJJE';
const UNIONID = 'ocMvos6NjeKLIBqg5Mr9QjxrP1FA';

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
});

beforeEach(async () => {
  stopClock(Date.parse(NOW));
  const { wechat } = service.simulator;
  wechat.addUser({ id: 'band', openids: { [APP_ID]: OPENID, [OTHER_APP_ID]: OPENID } });
  wechat.addApp({ appid: APP_ID, unionid: false });
  wechat.addApp({ appid: OTHER_APP_ID, secret: APP_SECRET, unionid: false });
  await registerSessions(service);
  await service.register({ authSources: [anAuthSource({ id: 'other', app_id: OTHER_APP_ID })] });
});

afterEach(async () => {
  resetClock();
  for (const table of ['users', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

/** Signs somebody in. @returns the user's id */
async function userOf(person: string, source?: string): Promise<string> {
  const appid = source ? OTHER_APP_ID : APP_ID;
  const login = loginRequest(service.simulator.wechat.login(appid, person));
  const response = await service.token(source ? { ...login, auth_source_id: source } : login);
  return String(decode(((await response.json()) as { access_token: string }).access_token).payload.sub);
}

/** Somebody of whom nothing is known but who it is at WeChat. */
const aUser = (id: string, overrides: object = {}) => ({
  id,
  status: 'NORMAL',
  name: null,
  nickname: null,
  picture: null,
  gender: null,
  locality: null,
  region: null,
  country: null,
  locale: null,
  phone_number: null,
  custom: {},
  identities: [{ type: 'wechat_openid', issuer: APP_ID, subject: OPENID }],
  created_at: NOW,
  updated_at: NOW,
  ...overrides,
});

/** Everything that can be known of somebody. */
const PROFILE = {
  name: '张三',
  nickname: '😀'.repeat(255),
  picture: `https://example.com/${'x'.repeat(2028)}`,
  gender: 'female',
  locality: 'Guangzhou',
  region: 'Guangdong',
  country: 'CN',
  locale: 'zh_CN',
  phone_number: '+8613800138000',
};

describe('GET /users/{id}', () => {
  it('tells who that is, here and at WeChat', async () => {
    service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    service.simulator.wechat.addUser({ id: 'band', unionids: { default: UNIONID } });
    const id = await userOf('band');
    moveClock(1);
    const user = aUser(id, {
      identities: [
        { type: 'wechat_openid', issuer: APP_ID, subject: OPENID },
        { type: 'wechat_unionid', issuer: 'default', subject: UNIONID },
      ],
    });
    expect(await admin.call('GET', `/users/${id}`)).toEqual(aResource(user));
    expect(await admin.call('GET', '/users')).toEqual(anAnswer({ items: [user], next_cursor: null }));
    expect(id).toEqual(UUID);
  });

  it('has another validator when anything is different, and only then', async () => {
    const id = await userOf('band');
    const etag = async () => (await admin.done('GET', `/users/${id}`)).etag;
    const before = await etag();
    moveClock(1);
    await userOf('band');
    expect(await etag()).toBe(before);
    service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    await userOf('band');
    expect(await etag()).not.toBe(before);
  });
});

describe('GET /users', () => {
  const found = async (query: string) => {
    const { status, body } = await admin.call('GET', `/users${query}`);
    expect(status).toBe(200);
    return (body as { items: { id: string }[] }).items.map(({ id }) => id);
  };

  it('lists all, the newest first', async () => {
    const people = ['a', 'b', 'c'];
    for (const id of people) service.simulator.wechat.addUser({ id });
    const ids: string[] = [];
    for (const person of people) ids.push(await userOf(person));
    expect(await found('')).toEqual(ids.reverse());
  });

  it('finds the users of an openid: one for each issuer, in the right case alone', async () => {
    const first = await userOf('band');
    const second = await userOf('band', 'other');
    expect(await found(`?openid=${OPENID}`)).toEqual([second, first]);
    expect(await found(`?openid=${OPENID}&limit=1`)).toEqual([second]);
    for (const openid of [OPENID.toLowerCase(), OPENID.slice(0, -1), '%25', 'unknown']) {
      expect(await found(`?openid=${openid}`)).toEqual([]);
    }
    expect(await found(`?unionid=${OPENID}`)).toEqual([]);
  });

  it('finds the user of a unionid, and of both', async () => {
    service.simulator.wechat.addUser({ id: 'band', unionids: { default: UNIONID } });
    const other = await userOf('band', 'other');
    service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
    const id = await userOf('band');
    expect(other).not.toBe(id);
    expect(await found(`?unionid=${UNIONID}`)).toEqual([id]);
    expect(await found(`?unionid=${UNIONID}&openid=${OPENID}`)).toEqual([id]);
    expect(await found(`?unionid=${UNIONID}&openid=unknown`)).toEqual([]);
    expect(await found(`?openid=${UNIONID}`)).toEqual([]);
  });

  it('finds everybody of a phone number, with the plus sign escaped or not', async () => {
    const ids = [await userOf('band'), await userOf('band', 'other')];
    for (const id of ids) await admin.done('PATCH', `/users/${id}`, { phone_number: '+8613800138000' });
    const newest = [...ids].reverse();
    expect(await found('?phone_number=%2B8613800138000')).toEqual(newest);
    expect(await found('?phone_number=+8613800138000')).toEqual(newest);
    expect(await found('?phone_number=%2B8613800138001')).toEqual([]);
  });

  it('finds those of a status, and takes all conditions together', async () => {
    const [locked, normal] = [await userOf('band'), await userOf('band', 'other')];
    await admin.done('PATCH', `/users/${locked}`, { status: 'LOCK', phone_number: '+8613800138000' });
    expect(await found('?status=LOCK')).toEqual([locked]);
    expect(await found('?status=NORMAL')).toEqual([normal]);
    expect(await found('?status=FREEZE')).toEqual([]);
    expect(await found(`?status=LOCK&openid=${OPENID}&phone_number=%2B8613800138000`)).toEqual([locked]);
    expect(await found(`?status=NORMAL&openid=${OPENID}&phone_number=%2B8613800138000`)).toEqual([]);
  });

  it.each([
    ['phone_number', '13800138000', 'must be an E.164 number such as +8613800138000'],
    ['phone_number', '%2B0123456789', 'must be an E.164 number such as +8613800138000'],
    ['phone_number', '%2B86138%25', 'must be an E.164 number such as +8613800138000'],
    ['openid', 'a%20b', 'must be 1 to 128 printable ASCII characters without spaces'],
    ['unionid', 'x'.repeat(129), 'must be 1 to 128 printable ASCII characters without spaces'],
    ['status', 'lock', 'must be one of the following values: NORMAL, LOCK, FREEZE'],
    ['status', 'DELETED', 'must be one of the following values: NORMAL, LOCK, FREEZE'],
    ['nickname', 'Band', 'unknown parameter'],
  ])('%s=%s is not valid', async (name, value, detail) => {
    expect(await admin.call('GET', `/users?${name}=${value}`)).toEqual(invalid({ [name]: detail }));
  });
});

describe('PATCH /users/{id}', () => {
  let id: string;
  let etag: string | undefined;
  let path: string;

  beforeEach(async () => {
    id = await userOf('band');
    path = `/users/${id}`;
    ({ etag } = await admin.done('GET', path));
    moveClock(1);
  });

  it.each([...Object.entries(PROFILE), ['status', 'LOCK'], ['status', 'FREEZE']])(
    'changes %s to %j and nothing else',
    async (field, value) => {
      const answer = await admin.call('PATCH', path, { [field]: value });
      expect(answer).toEqual(aResource(aUser(id, { [field]: value, updated_at: LATER })));
      expect(answer.headers.etag).not.toBe(etag);
      expect(await admin.call('GET', path)).toEqual(answer);
    },
  );

  it('changes all at once, null takes each away again', async () => {
    const custom = { tier: 'gold', note: 'x'.repeat(1024) };
    expect(await admin.call('PATCH', path, { ...PROFILE, custom })).toEqual(
      aResource(aUser(id, { ...PROFILE, custom, updated_at: LATER })),
    );
    const nothing = Object.fromEntries(Object.keys(PROFILE).map((field) => [field, null]));
    expect(await admin.call('PATCH', path, { ...nothing, custom: { tier: null, note: null } })).toEqual(
      aResource(aUser(id, { updated_at: LATER })),
    );
  });

  it('a custom attribute that is not named stays, one that is null goes', async () => {
    const change = async (custom: object) =>
      ((await admin.done('PATCH', path, { custom })).body as { custom: object }).custom;
    expect(await change({ a: '1', b: '2' })).toEqual({ a: '1', b: '2' });
    expect(await change({ b: '3', c: '4' })).toEqual({ a: '1', b: '3', c: '4' });
    expect(await change({ a: null, unknown: null })).toEqual({ b: '3', c: '4' });
    expect(await change({})).toEqual({ b: '3', c: '4' });
  });

  it.each(['toString', 'hasOwnProperty', 'valueOf'])('a custom attribute may be called %s', async (name) => {
    expect(await admin.call('PATCH', path, { custom: { [name]: 'a' } })).toEqual(
      aResource(aUser(id, { custom: { [name]: 'a' }, updated_at: LATER })),
    );
    expect(await admin.call('PATCH', path, { custom: { [name]: null } })).toEqual(
      aResource(aUser(id, { updated_at: LATER })),
    );
  });

  const text = 'must be a text without control characters, or null';
  const phone = 'must be an E.164 number such as +8613800138000';
  const custom = 'must be an object of texts of at most 1024 characters, or null, by NAME';
  const longest = (length: number) => `must be shorter than or equal to ${length} characters`;

  it.each<[string, unknown, string]>([
    ['status', null, 'must be one of the following values: NORMAL, LOCK, FREEZE'],
    ['status', 'lock', 'must be one of the following values: NORMAL, LOCK, FREEZE'],
    ['name', '', text],
    ['name', 5, text],
    ['name', ['a'], text],
    ['nickname', 'a\u0000b', text],
    ['nickname', 'a\nb', text],
    ['nickname', '😀'.repeat(256), longest(255)],
    ['nickname', `${'x'.repeat(255)}\ufe0f`, longest(255)],
    ['picture', 'x'.repeat(2049), longest(2048)],
    ['gender', 'x'.repeat(33), longest(32)],
    ['locality', 'x'.repeat(256), longest(255)],
    ['region', 'x'.repeat(256), longest(255)],
    ['country', 'x'.repeat(256), longest(255)],
    ['locale', 'x'.repeat(36), longest(35)],
    ['phone_number', '', phone],
    ['phone_number', '13800138000', phone],
    ['phone_number', '+86 13800138000', phone],
    ['phone_number', '+01234567', phone],
    ['phone_number', '+12345', phone],
    ['phone_number', '+1234567890123456', phone],
    ['phone_number', 8613800138000, phone],
    ['custom', null, custom],
    ['custom', [], custom],
    ['custom', 'a', custom],
    ['custom', { tier: 5 }, custom],
    ['custom', { tier: '' }, custom],
    ['custom', { tier: {} }, custom],
    ['custom', { tier: 'a\u0007' }, custom],
    ['custom', { tier: 'x'.repeat(1025) }, custom],
    ['custom', { '9lives': 'a' }, custom],
    ['custom', { 'a-b': 'a' }, custom],
    ['custom', { ['x'.repeat(65)]: 'a' }, custom],
    ['custom.tier', 'gold', 'unknown field'],
    ['id', 'other', 'unknown field'],
    ['identities', [], 'unknown field'],
    ['created_at', NOW, 'unknown field'],
  ])('%s may not become %j, and then nothing is changed', async (field, value, detail) => {
    expect(await admin.call('PATCH', path, { locality: 'Foshan', [field]: value })).toEqual(
      invalid({ [field]: detail }),
    );
    expect(await admin.call('GET', path)).toEqual(aResource(aUser(id), { etag }));
  });

  it('names every field that is wrong', async () => {
    expect(
      await admin.call('PATCH', path, { status: 'X', name: 1, phone_number: '1', custom: 1, x: 1 }),
    ).toEqual(
      invalid({
        x: 'unknown field',
        status: 'must be one of the following values: NORMAL, LOCK, FREEZE',
        name: text,
        phone_number: phone,
        custom,
      }),
    );
  });

  it('that changes nothing writes nothing', async () => {
    const events = async () => (await admin.done('GET', '/audit-events')).body;
    const before = await events();
    for (const same of [{}, { status: 'NORMAL' }, { name: null, custom: {} }, { custom: { a: null } }]) {
      expect(await admin.call('PATCH', path, same)).toEqual(aResource(aUser(id), { etag }));
    }
    expect(await events()).toEqual(before);
  });

  it('is what the application is told next', async () => {
    const { access_token } = await service.loginAs('band');
    await admin.done('PATCH', path, {
      nickname: 'B',
      phone_number: '+8613800138000',
      custom: { tier: 'gold' },
    });
    expect(await userinfo(access_token)).toEqual([
      200,
      { sub: id, nickname: 'B', phone_number: '+8613800138000', custom: { tier: 'gold' } },
    ]);
    await admin.done('PATCH', path, { nickname: null, custom: { tier: null } });
    expect(await userinfo(access_token)).toEqual([200, { sub: id, phone_number: '+8613800138000' }]);
  });
});

describe.each(['LOCK', 'FREEZE'])('a user whose status becomes %s', (status) => {
  it('has no access from the next request on, and has it again when that is over', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    const id = String(decode(access_token).payload.sub);
    const abnormal = {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Abnormal user status' },
    };
    const refresh = async () =>
      seen(await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token }));

    await admin.done('PATCH', `/users/${id}`, { status });
    expect(await introspected(service, access_token)).toEqual({ active: false });
    expect(await introspected(service, refresh_token)).toEqual({ active: false });
    expect((await userinfo(access_token))[0]).toBe(401);
    expect(await refresh()).toEqual(abnormal);
    expect(await seen(await service.login('band'))).toEqual(abnormal);

    await admin.done('PATCH', `/users/${id}`, { status: 'NORMAL' });
    expect(await introspected(service, access_token)).toMatchObject({ active: true, sub: id });
    expect(await introspected(service, refresh_token)).toMatchObject({ active: true, sub: id });
    expect(await userinfo(access_token)).toEqual([200, { sub: id }]);
    await refreshed(service, refresh_token);
    expect((await service.login('band')).status).toBe(200);
  });

  it('is somebody else than others', async () => {
    service.simulator.wechat.addUser({ id: 'other' });
    const { access_token } = await service.loginAs('other');
    await admin.done('PATCH', `/users/${await userOf('band')}`, { status });
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
  });
});

async function userinfo(token: string): Promise<[number, unknown]> {
  const response = await fetch(`${service.url}/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
  const text = await response.text();
  return [response.status, text === '' ? undefined : JSON.parse(text)];
}
