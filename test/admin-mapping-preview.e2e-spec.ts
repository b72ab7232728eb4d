import { type AttributeMappingRowSettings } from '../src/auth-sources/auth-source-settings.js';
import { type UserAttribute } from '../src/database/user-attributes.js';
import { anAnswer, invalid, startAdministrated, without, type AdminClient } from './support/admin.js';
import { databaseContent } from './support/database-content.js';
import {
  APP_ID,
  AUTH_SOURCE_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { SeededRandom } from './support/seeded-random.js';
import { type RunningService } from './support/service.js';

const PATH = `/auth-sources/${AUTH_SOURCE_ID}/attribute-mapping/preview`;

let service: RunningService;
let admin: AdminClient;
/** A user with a nickname, a custom city and nothing else. */
let known: string;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  service.simulator.wechat.addUser({ id: 'known' });
  await map({ from: 'nickName', to: 'nickname' });
  known = String(decode((await service.loginAs('known')).access_token).payload.sub);
  await admin.done('PATCH', `/users/${known}`, { nickname: 'Band', custom: { city: 'Guangzhou' } });
});

afterEach(() => map({ from: 'nickName', to: 'nickname' }));

afterAll(() => service.close());

const map = (...rows: AttributeMappingRowSettings[]) =>
  service.register({
    applications: [anApplication({ scopes: ['openid', 'profile', 'phone'] })],
    authSources: [anAuthSource({ attribute_mapping: rows })],
  });

/** What a preview answers of the one row that it is asked about. */
const outcome = (row: AttributeMappingRowSettings, rest: object, user_id: string | null = null) =>
  anAnswer({
    user_id,
    attributes: [{ update: 'always', value: null, current: null, written: false, ...row, ...rest }],
  });

describe('the preview of an attribute mapping', () => {
  it('says what the stored rows would write of somebody new', async () => {
    await map(
      { from: 'nickName', to: 'nickname' },
      { from: 'gender', to: 'gender', update: 'if_empty' },
      { from: 'city', to: 'custom.city', update: 'on_create' },
    );
    const profile = { nickName: ' Band ', gender: 2, city: '' };
    expect(await admin.call('POST', PATH, { profile })).toEqual(
      anAnswer({
        user_id: null,
        attributes: [
          {
            from: 'nickName',
            to: 'nickname',
            update: 'always',
            value: 'Band',
            current: null,
            written: true,
            reason: 'new_value',
          },
          {
            from: 'gender',
            to: 'gender',
            update: 'if_empty',
            value: 'female',
            current: null,
            written: true,
            reason: 'new_value',
          },
          {
            from: 'city',
            to: 'custom.city',
            update: 'on_create',
            value: null,
            current: null,
            written: false,
            reason: 'absent',
          },
        ],
      }),
    );
  });

  it.each<[string, AttributeMappingRowSettings, object, object]>([
    [
      'new_value',
      { from: 'nickName', to: 'nickname' },
      { nickName: 'New' },
      { value: 'New', current: 'Band', written: true },
    ],
    [
      'new_value',
      { from: 'city', to: 'custom.town' },
      { city: 'Foshan' },
      { value: 'Foshan', written: true },
    ],
    [
      'new_value',
      { from: 'city', to: 'locality', update: 'if_empty' },
      { city: 'Foshan' },
      { value: 'Foshan', written: true },
    ],
    ['absent', { from: 'nickName', to: 'nickname' }, {}, { current: 'Band' }],
    ['absent', { from: 'nickName', to: 'nickname' }, { nickName: ' \u0000 ' }, { current: 'Band' }],
    ['absent', { from: 'nickName', to: 'nickname' }, { nickName: '微信用户' }, { current: 'Band' }],
    [
      'absent',
      { from: 'nickName', to: 'nickname' },
      { nickName: 'New', is_demote: true },
      { current: 'Band' },
    ],
    ['absent', { from: 'gender', to: 'gender' }, { gender: 0 }, {}],
    ['absent', { from: 'phoneNumber', to: 'phone_number' }, { purePhoneNumber: '1' }, {}],
    [
      'unchanged',
      { from: 'nickName', to: 'nickname' },
      { nickName: 'Band' },
      { value: 'Band', current: 'Band' },
    ],
    [
      'unchanged',
      { from: 'city', to: 'custom.city' },
      { city: 'Guangzhou' },
      { value: 'Guangzhou', current: 'Guangzhou' },
    ],
    [
      'not_empty',
      { from: 'nickName', to: 'nickname', update: 'if_empty' },
      { nickName: 'New' },
      { value: 'New', current: 'Band' },
    ],
    [
      'not_new',
      { from: 'nickName', to: 'nickname', update: 'on_create' },
      { nickName: 'New' },
      { value: 'New', current: 'Band' },
    ],
    ['not_new', { from: 'city', to: 'region', update: 'on_create' }, { city: 'Foshan' }, { value: 'Foshan' }],
    ['too_long', { from: 'language', to: 'locale' }, { language: 'x'.repeat(36) }, { value: 'x'.repeat(36) }],
  ])('%s: %j of a known user with %j', async (reason, row, profile, rest) => {
    expect(await admin.call('POST', PATH, { user_id: known, profile, attribute_mapping: [row] })).toEqual(
      outcome(row, { ...rest, reason }, known),
    );
  });

  it.each(['LOCK', 'FREEZE'])(
    'user_status: of a user with the status %s nothing is asked for',
    async (status) => {
      await admin.done('PATCH', `/users/${known}`, { status });
      const rows = [{ from: 'nickName', to: 'nickname' } as const];
      expect(
        await admin.call('POST', PATH, {
          user_id: known,
          profile: { nickName: 'New' },
          attribute_mapping: rows,
        }),
      ).toEqual(outcome(rows[0]!, { value: 'New', current: 'Band', reason: 'user_status' }, known));
      await admin.done('PATCH', `/users/${known}`, { status: 'NORMAL' });
    },
  );

  it.each([
    [{ purePhoneNumber: '13800138000', countryCode: '86' }, '+8613800138000'],
    [{ purePhoneNumber: '13800138000' }, '+8613800138000'],
    [{ phoneNumber: '13800138000' }, '+8613800138000'],
    [{ phoneNumber: '15005550006', purePhoneNumber: '5005550006', countryCode: '1' }, '+15005550006'],
  ])('makes of %j the number %s', async (profile, value) => {
    const row = { from: 'phoneNumber', to: 'phone_number' } as const;
    expect(await admin.call('POST', PATH, { profile, attribute_mapping: [row] })).toEqual(
      outcome(row, { value, written: true, reason: 'new_value' }),
    );
  });

  it('no rows: nothing', async () => {
    expect(await admin.call('POST', PATH, { profile: {}, attribute_mapping: [] })).toEqual(
      anAnswer({ user_id: null, attributes: [] }),
    );
  });

  it('null stands for what is left out', async () => {
    const profile = { nickName: null, gender: null, is_demote: null, phoneNumber: null };
    expect(await admin.call('POST', PATH, { profile, user_id: null, attribute_mapping: null })).toEqual(
      outcome({ from: 'nickName', to: 'nickname' }, { reason: 'absent' }),
    );
  });

  it('writes nothing', async () => {
    const before = await databaseContent(service.dataSource);
    await admin.done('POST', PATH, { user_id: known, profile: { nickName: 'New' } });
    expect(await databaseContent(service.dataSource)).toEqual(before);
  });

  it.each<[object, Record<string, string>]>([
    [{}, { profile: 'must be an object' }],
    [{ profile: null }, { profile: 'must be an object' }],
    [{ profile: {}, user_id: 'unknown' }, { user_id: 'is no user' }],
    [{ profile: {}, user_id: 5 }, { user_id: 'must be a string' }],
    [{ profile: {}, other: 1 }, { other: 'unknown field' }],
    [
      { profile: { nickName: 5, gender: '1', is_demote: 1, nickname: 'a', city: 'x'.repeat(4097) } },
      {
        'profile.nickname': 'unknown field',
        'profile.nickName': 'must be a string',
        'profile.gender': 'must be an integer number',
        'profile.city': 'must be shorter than or equal to 4096 characters',
        'profile.is_demote': 'must be a boolean value',
      },
    ],
    [
      { profile: {}, attribute_mapping: [{ from: 'nickName', to: 'nickname', update: 'never' }] },
      { 'attribute_mapping.0.update': 'must be one of the following values: always, if_empty, on_create' },
    ],
    [
      {
        profile: {},
        attribute_mapping: [
          { from: 'nickName', to: 'name' },
          { from: 'city', to: 'name' },
        ],
      },
      { attribute_mapping: 'must not have two rows for one target' },
    ],
  ])('%j is not valid', async (body, problems) => {
    expect(await admin.call('POST', PATH, body)).toEqual(invalid(problems));
  });

  it('is what a login then does, whatever the mapping and whoever it is', async () => {
    const random = new SeededRandom(7);
    const texts = ['', ' ', 'Band', 'Foshan', '微信用户', 'x'.repeat(36), 'x'.repeat(300)];
    const targets: UserAttribute[] = [
      'nickname',
      'locale',
      'country',
      'custom.a',
      'custom.b',
      'phone_number',
    ];
    const origins = ['nickName', 'city', 'language', 'gender', 'phoneNumber', 'countryCode'] as const;
    for (let round = 0; round < 60; round++) {
      const id = `person-${random.integer(1, 15)}`;
      const profile = {
        nickName: random.oneOf(texts),
        city: random.oneOf(texts),
        language: random.oneOf(texts),
        gender: random.integer(0, 3),
      };
      const phone = { countryCode: '86', purePhoneNumber: `1380013800${random.integer(0, 2)}` };
      const rows = targets
        .filter(() => random.integer(0, 2) > 0)
        .map((to) => ({
          from: to === 'phone_number' ? ('phoneNumber' as const) : random.oneOf(origins),
          to,
          update: random.oneOf(['always', 'if_empty', 'on_create'] as const),
        }));
      await map(...rows);
      service.simulator.wechat.addUser({ id, profile, phone });
      const user_id = await userId(id);
      const { body } = await admin.done<{ attributes: { to: string; value: string; written: boolean }[] }>(
        'POST',
        PATH,
        { profile: { ...profile, ...phone }, user_id },
      );
      const before = await attributesOf(user_id);
      await fullLogin(id);
      const written = body.attributes.filter((attribute) => attribute.written);
      expect([round, await attributesOf(await userId(id))]).toEqual([
        round,
        { ...before, ...Object.fromEntries(written.map(({ to, value }) => [to, value])) },
      ]);
    }
  });
});

async function fullLogin(user: string): Promise<void> {
  const { wechat } = service.simulator;
  const response = await service.token({
    ...loginRequest(wechat.login(APP_ID, user)),
    getUserInfo: true,
    ...wechat.encryptedData(APP_ID, user, 'real'),
    getPhoneNumber: true,
    phone_code: wechat.phoneCode(APP_ID, user),
  });
  expect(response.status).toBe(200);
}

/** The id of somebody's user; `null` when there is none. */
async function userId(user: string): Promise<string | null> {
  const openid = service.simulator.wechat.openid(APP_ID, user);
  const { body } = await admin.done<{ items: { id: string }[] }>('GET', `/users?openid=${openid}`);
  return body.items[0]?.id ?? null;
}

/** What is known of a user, by attribute. */
async function attributesOf(id: string | null): Promise<Record<string, unknown>> {
  if (id === null) return {};
  const { body } = await admin.done('GET', `/users/${id}`);
  const columns = without(body, 'custom', 'id', 'status', 'identities', 'created_at', 'updated_at');
  return Object.fromEntries([
    ...Object.entries(columns).filter(([, value]) => value !== null),
    ...Object.entries(body.custom as object).map(([name, value]) => [`custom.${name}`, value] as const),
  ]);
}
