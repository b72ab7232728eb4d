import { type AttributeMappingRowSettings } from '../src/auth-sources/auth-source-settings.js';
import { APP_ID, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';

let service: RunningService;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

let counter = 0;

/** A WeChat user whom the service has never seen. */
function aStranger(): string {
  const id = `stranger-${++counter}`;
  service.simulator.wechat.addUser({
    id,
    profile: {
      nickName: 'Band',
      gender: 1,
      city: 'Guangzhou',
      province: 'Guangdong',
      country: 'CN',
      language: 'zh_CN',
    },
    phone: { countryCode: '86', purePhoneNumber: '13800138000' },
  });
  return id;
}

async function map(...rows: AttributeMappingRowSettings[]): Promise<void> {
  await service.register({
    applications: [anApplication()],
    authSources: [anAuthSource({ attribute_mapping: rows })],
  });
}

type EncryptedDataArguments = Parameters<RunningService['simulator']['wechat']['encryptedData']>;

/** Signs the user in with profile and phone number. */
async function login(
  user: string,
  profile: EncryptedDataArguments[2] = 'real',
  options: EncryptedDataArguments[3] = {},
): Promise<void> {
  const { wechat } = service.simulator;
  const response = await service.token({
    ...loginRequest(wechat.login(APP_ID, user)),
    getUserInfo: true,
    ...wechat.encryptedData(APP_ID, user, profile, options),
    getPhoneNumber: true,
    phone_code: wechat.phoneCode(APP_ID, user),
  });
  expect(response.status).toBe(200);
}

/** What is stored of the user, without ids and times. */
async function stored(user: string): Promise<Record<string, unknown>> {
  const openid = service.simulator.wechat.openid(APP_ID, user);
  const [row] = await service.dataSource.query<Record<string, unknown>[]>(
    `SELECT u.* FROM users u JOIN external_identities i ON i.user_id = u.id WHERE i.subject = '${openid}'`,
  );
  const { id, status, created_at, updated_at, custom, ...attributes } = row!;
  expect([typeof id, status, Number(created_at) > 0, Number(updated_at) > 0]).toEqual([
    'string',
    'NORMAL',
    true,
    true,
  ]);
  const set = Object.entries(attributes).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(set), custom: JSON.parse(String(custom)) };
}

describe('attribute mapping', () => {
  it('writes every attribute of WeChat to the attribute that it is mapped to', async () => {
    const user = aStranger();
    await map(
      { from: 'nickName', to: 'nickname' },
      { from: 'avatarUrl', to: 'picture' },
      { from: 'gender', to: 'gender' },
      { from: 'city', to: 'locality' },
      { from: 'province', to: 'region' },
      { from: 'country', to: 'country' },
      { from: 'language', to: 'locale' },
      { from: 'phoneNumber', to: 'phone_number' },
      { from: 'purePhoneNumber', to: 'custom.mobile' },
      { from: 'countryCode', to: 'custom.calling_code' },
    );
    await login(user);
    expect(await stored(user)).toEqual({
      nickname: 'Band',
      picture: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
      gender: 'male',
      locality: 'Guangzhou',
      region: 'Guangdong',
      country: 'CN',
      locale: 'zh_CN',
      phone_number: '+8613800138000',
      custom: { mobile: '+8613800138000', calling_code: '86' },
    });
  });

  it('writes nothing that is not mapped, and nothing that was not asked for', async () => {
    const user = aStranger();
    await map();
    await login(user);
    expect(await stored(user)).toEqual({ custom: {} });
    await map({ from: 'nickName', to: 'nickname' }, { from: 'phoneNumber', to: 'phone_number' });
    expect((await service.login(user)).status).toBe(200);
    expect(await stored(user)).toEqual({ custom: {} });
  });

  it('one attribute of WeChat can go to several', async () => {
    const user = aStranger();
    await map(
      { from: 'nickName', to: 'nickname' },
      { from: 'nickName', to: 'name' },
      { from: 'nickName', to: 'custom.wechat' },
    );
    await login(user);
    expect(await stored(user)).toEqual({ nickname: 'Band', name: 'Band', custom: { wechat: 'Band' } });
  });

  it.each([
    ['always', 'New name'],
    ['if_empty', 'Band'],
    ['on_create', 'Band'],
  ] as const)('update: %s leaves %s after a second login', async (update, nickname) => {
    const user = aStranger();
    await map({ from: 'nickName', to: 'nickname', update });
    await login(user);
    service.simulator.wechat.addUser({ id: user, profile: { nickName: 'New name' } });
    await login(user);
    expect(await stored(user)).toEqual({ nickname, custom: {} });
  });

  it.each([
    ['always', { nickname: 'Band', custom: { city: 'Guangzhou' } }],
    ['if_empty', { nickname: 'Band', custom: { city: 'Guangzhou' } }],
    ['on_create', { custom: {} }],
  ] as const)('update: %s of a user who had nothing', async (update, expected) => {
    const user = aStranger();
    await map();
    await login(user);
    await map({ from: 'nickName', to: 'nickname', update }, { from: 'city', to: 'custom.city', update });
    await login(user);
    expect(await stored(user)).toEqual(expected);
  });

  it.each([
    [1, 'male'],
    [2, 'female'],
    [0, undefined],
    [3, undefined],
  ])('gender %d is %s', async (gender, expected) => {
    const user = aStranger();
    await map({ from: 'gender', to: 'gender' }, { from: 'gender', to: 'custom.sex' });
    await login(user, 'real', { patch: { gender } });
    expect(await stored(user)).toEqual(
      expected ? { gender: expected, custom: { sex: expected } } : { custom: {} },
    );
  });

  it.each([
    ['absent', { nickName: null, city: null }],
    ['empty', { nickName: '', city: '' }],
    ['of another type', { nickName: 7, city: { name: 'x' } }],
    ['nothing but white space', { nickName: ' \t\n', city: '\u0000' }],
    ['longer than the attribute', { nickName: 'n'.repeat(256), city: 'c'.repeat(1025) }],
  ])('a value that is %s never overwrites', async (_, patch) => {
    const user = aStranger();
    await map({ from: 'nickName', to: 'nickname' }, { from: 'city', to: 'custom.city' });
    await login(user);
    await login(user, 'real', { patch });
    expect(await stored(user)).toEqual({ nickname: 'Band', custom: { city: 'Guangzhou' } });
  });

  it.each([
    ['the placeholder profile', 'placeholder', {}],
    ['is_demote alone', 'real', { patch: { is_demote: true, nickName: 'x' } }],
    ['the placeholder nickname alone', 'real', { patch: { nickName: '微信用户', city: 'x' } }],
  ] as const)('%s says nothing', async (_, profile, options) => {
    const user = aStranger();
    await map(
      { from: 'nickName', to: 'nickname' },
      { from: 'avatarUrl', to: 'picture' },
      { from: 'city', to: 'locality' },
      { from: 'phoneNumber', to: 'phone_number' },
    );
    await login(user);
    const before = await stored(user);
    await login(user, profile, options);
    expect(await stored(user)).toEqual(before);
    const newcomer = aStranger();
    await login(newcomer, profile, options);
    expect(await stored(newcomer)).toEqual({ phone_number: '+8613800138000', custom: {} });
  });

  it.each([
    [{ countryCode: '86', purePhoneNumber: '13800138000', phoneNumber: '13800138000' }, '+8613800138000'],
    [{ countryCode: 86, purePhoneNumber: '13800138000', phoneNumber: '13800138000' }, '+8613800138000'],
    [{ countryCode: '1', purePhoneNumber: '2125550123', phoneNumber: '12125550123' }, '+12125550123'],
    [{ countryCode: '852', purePhoneNumber: '51234567', phoneNumber: '85251234567' }, '+85251234567'],
    [{ countryCode: '44', purePhoneNumber: '1234567890123456', phoneNumber: '1' }, undefined],
  ])('phone number %j is stored as %s', async (phone_info, expected) => {
    const user = aStranger();
    await map({ from: 'phoneNumber', to: 'phone_number' }, { from: 'purePhoneNumber', to: 'custom.pure' });
    service.simulator.wechat.fault({
      path: '/wxa/business/getuserphonenumber',
      kind: 'merge',
      patch: { phone_info },
    });
    await login(user);
    expect(await stored(user)).toEqual(
      expected ? { phone_number: expected, custom: { pure: expected } } : { custom: {} },
    );
  });

  it('two people may have one phone number', async () => {
    const [one, other] = [aStranger(), aStranger()];
    await map({ from: 'phoneNumber', to: 'phone_number' });
    await login(one);
    await login(other);
    expect([await stored(one), await stored(other)]).toEqual([
      { phone_number: '+8613800138000', custom: {} },
      { phone_number: '+8613800138000', custom: {} },
    ]);
  });

  it('keeps emoji and quotes as they are, control characters not at all', async () => {
    const user = aStranger();
    const nickName = `😀 'Robert"); DROP TABLE users;--\\`;
    await map({ from: 'nickName', to: 'nickname' }, { from: 'nickName', to: 'custom.constructor' });
    await login(user, 'real', { patch: { nickName: ` ${nickName}\u0000\u0007\n ` } });
    expect(await stored(user)).toEqual({ nickname: nickName, custom: { constructor: nickName } });
  });

  it('changes nothing, not even the time of change, when nothing is new', async () => {
    const user = aStranger();
    await map({ from: 'nickName', to: 'nickname' });
    await login(user);
    const rows = () => service.dataSource.query<object[]>('SELECT id, updated_at FROM users ORDER BY id');
    const before = await rows();
    await login(user);
    expect(await rows()).toEqual(before);
  });

  it('concurrent logins do not undo each other', async () => {
    const user = aStranger();
    await map(
      ...['a', 'b', 'c'].map((name): AttributeMappingRowSettings => ({
        from: 'nickName',
        to: `custom.${name}`,
      })),
    );
    await login(user);
    await Promise.all(
      ['nickName', 'city', 'province'].map(async (from, index) => {
        const source = anAuthSource({
          id: `source-${index}`,
          attribute_mapping: [{ from, to: `custom.parallel_${index}` } as AttributeMappingRowSettings],
        });
        await service.register({ authSources: [source] });
        const { wechat } = service.simulator;
        const jsCode = wechat.login(APP_ID, user);
        const encrypted = wechat.encryptedData(APP_ID, user);
        const body = { ...loginRequest(jsCode), auth_source_id: source.id, getUserInfo: true, ...encrypted };
        expect((await service.token(body)).status).toBe(200);
      }),
    );
    expect((await stored(user)).custom).toMatchObject({
      parallel_0: 'Band',
      parallel_1: 'Guangzhou',
      parallel_2: 'Guangdong',
    });
  });
});
