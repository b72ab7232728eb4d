import {
  NOT_FOUND,
  NO_CONTENT,
  aConflict,
  aResource,
  anAnswer,
  invalid,
  startAdministrated,
  without,
  type AdminClient,
} from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { seen, type RunningService } from './support/service.js';
import { introspected, registerSessions } from './support/sessions.js';

const NOW = '2030-01-01T00:00:00.000Z';
const LATER = '2030-01-01T00:00:01.000Z';

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(async () => {
  stopClock(Date.parse(NOW));
  await service.register({ applications: [anApplication(), anApplication({ client_id: 'other' })] });
});

afterEach(async () => {
  resetClock();
  for (const table of ['applications', 'auth_sources', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

const required = { id: 'new', type: 'wechat_mini_program', app_id: APP_ID };

/** What an auth source is of which only what is required was said. */
const defaults = (overrides: object = {}) => ({
  ...required,
  name: 'new',
  enabled: true,
  open_platform_account: 'default',
  applications: [],
  attribute_mapping: [],
  created_at: NOW,
  updated_at: NOW,
  ...overrides,
});

const created = (overrides: object = {}) =>
  aResource(defaults(overrides), { status: 201, location: '/admin/v1/auth-sources/new' });

const identifier = 'must be 1 to 128 printable ASCII characters without spaces';
const types = 'wechat_mini_program, wechat_website, wechat_official_account, wechat_mobile_app';
const attributes =
  'name, nickname, picture, gender, locality, region, country, locale, phone_number, custom.NAME';
const sources =
  'nickName, avatarUrl, gender, city, province, country, language, phoneNumber, purePhoneNumber, countryCode';

/** Fields that cannot be as they are, and what is said of each. */
const WRONG: [string, unknown, Record<string, string>][] = [
  ['type', 'wechat', { type: `must be one of the following values: ${types}` }],
  ['type', null, { type: 'must not be null' }],
  ['name', '', { name: 'must be a text without control characters' }],
  ['name', `${'a'.repeat(255)}\ufe0f`, { name: 'must be shorter than or equal to 255 characters' }],
  ['enabled', 1, { enabled: 'must be a boolean value' }],
  ['app_id', '', { app_id: identifier }],
  ['app_id', 'two words', { app_id: identifier }],
  ['app_secret', '', { app_secret: 'must be 1 to 512 printable ASCII characters' }],
  ['app_secret', 'x'.repeat(513), { app_secret: 'must be 1 to 512 printable ASCII characters' }],
  ['app_secret', null, { app_secret: 'must not be null' }],
  ['open_platform_account', 'é', { open_platform_account: identifier }],
  ['applications', CLIENT_ID, { applications: 'must be an array' }],
  ['applications', [CLIENT_ID, 'unknown', 'no-one'], { applications: 'unknown application unknown, no-one' }],
  [
    'applications',
    [CLIENT_ID.toLowerCase()],
    { applications: `unknown application ${CLIENT_ID.toLowerCase()}` },
  ],
  ['applications', [CLIENT_ID, CLIENT_ID], { applications: "All applications's elements must be unique" }],
  ['applications', [''], { applications: 'each value in applications must be a client_id' }],
  ['attribute_mapping', 'nickName', { attribute_mapping: 'must be an array' }],
  ...[1, null].map((row): [string, unknown, Record<string, string>] => [
    'attribute_mapping',
    [row],
    {
      attribute_mapping: 'each value in attribute_mapping must be an object',
      'attribute_mapping.0': 'each value in nested property attribute_mapping must be either object or array',
    },
  ]),
  [
    'attribute_mapping',
    [{}],
    {
      'attribute_mapping.0.from': `must be one of the following values: ${sources}`,
      'attribute_mapping.0.to': `must be one of ${attributes}`,
    },
  ],
  [
    'attribute_mapping',
    [
      { from: 'nickName', to: 'nickname' },
      { from: 'nickname', to: 'name' },
      { from: 'city', to: 'city' },
      { from: 'city', to: 'custom.9' },
      { from: 'city', to: `custom.${'x'.repeat(65)}` },
      { from: 'city', to: 'locality', update: 'never' },
      { from: 'city', to: 'region', updates: 'always' },
    ],
    {
      'attribute_mapping.1.from': `must be one of the following values: ${sources}`,
      'attribute_mapping.2.to': `must be one of ${attributes}`,
      'attribute_mapping.3.to': `must be one of ${attributes}`,
      'attribute_mapping.4.to': `must be one of ${attributes}`,
      'attribute_mapping.5.update': 'must be one of the following values: always, if_empty, on_create',
      'attribute_mapping.6.updates': 'unknown field',
    },
  ],
  [
    'attribute_mapping',
    [
      { from: 'nickName', to: 'nickname' },
      { from: 'city', to: 'nickname' },
    ],
    { attribute_mapping: 'must not have two rows for one target' },
  ],
  ['app_secret_env', 'SECRET', { app_secret_env: 'unknown field' }],
];

const MAPPING = [
  { from: 'nickName', to: 'nickname', update: 'if_empty' },
  { from: 'city', to: 'custom.city', update: 'always' },
];

describe('POST /auth-sources', () => {
  it('registers an auth source, which is then what it is said to be', async () => {
    const settings = {
      id: 'new',
      type: 'wechat_official_account',
      name: 'Sample 名',
      enabled: false,
      app_id: 'wx1',
      open_platform_account: 'another',
      applications: ['other', CLIENT_ID],
      attribute_mapping: MAPPING,
    };
    const answer = await admin.call('POST', '/auth-sources', { ...settings, app_secret: APP_SECRET });
    const described = { ...settings, applications: [CLIENT_ID, 'other'] };
    expect(answer).toEqual(created(described));
    expect(await admin.call('GET', '/auth-sources/new')).toEqual(
      aResource(defaults(described), { etag: answer.headers.etag }),
    );
    expect(await admin.call('GET', '/auth-sources')).toEqual(
      anAnswer({ items: [defaults(described)], next_cursor: null }),
    );
  });

  it('needs no more than id, type and app_id', async () => {
    expect(await admin.call('POST', '/auth-sources', required)).toEqual(created());
  });

  it('a row of the mapping without update has always', async () => {
    const rows = [{ from: 'nickName', to: 'nickname' }];
    expect(await admin.call('POST', '/auth-sources', { ...required, attribute_mapping: rows })).toEqual(
      created({ attribute_mapping: [{ ...rows[0], update: 'always' }] }),
    );
  });

  it('is open for logins at once', async () => {
    await admin.done('POST', '/auth-sources', {
      ...required,
      id: AUTH_SOURCE_ID,
      app_secret: APP_SECRET,
      applications: [CLIENT_ID],
    });
    expect((await service.login('band')).status).toBe(200);
  });

  it.each(WRONG)('%s may not be %j', async (field, value, problems) => {
    expect(await admin.call('POST', '/auth-sources', { ...required, [field]: value })).toEqual(
      invalid(problems),
    );
    expect(await admin.call('GET', '/auth-sources')).toEqual(anAnswer({ items: [], next_cursor: null }));
  });

  it.each([
    [{ id: 'a b' }, { id: identifier }],
    [{ id: undefined }, { id: identifier }],
    [{ type: undefined }, { type: 'is required' }],
    [
      { type: undefined, app_id: undefined },
      { type: 'is required', app_id: 'is required' },
    ],
  ])('%j is not enough', async (settings, problems) => {
    expect(await admin.call('POST', '/auth-sources', { ...required, ...settings })).toEqual(
      invalid(problems),
    );
  });

  it('one of that id: 409, and it stays as it is', async () => {
    const { body } = await admin.done('POST', '/auth-sources', required);
    expect(await admin.call('POST', '/auth-sources', { ...required, name: 'Other' })).toEqual(
      aConflict('Already exists'),
    );
    expect((await admin.done('GET', '/auth-sources/new')).body).toEqual(body);
  });
});

describe('PATCH /auth-sources/{id}', () => {
  let etag: string | undefined;

  beforeEach(async () => {
    ({ etag } = await admin.done('POST', '/auth-sources', required));
    moveClock(1);
  });

  it.each<[string, unknown]>([
    ['type', 'wechat_website'],
    ['name', 'Another'],
    ['enabled', false],
    ['app_id', 'wx2'],
    ['open_platform_account', 'another'],
    ['applications', [CLIENT_ID, 'other']],
    ['attribute_mapping', MAPPING],
  ])('changes %s to %j and nothing else', async (field, value) => {
    const answer = await admin.call('PATCH', '/auth-sources/new', { [field]: value });
    expect(answer).toEqual(aResource(defaults({ [field]: value, updated_at: LATER })));
    expect(answer.headers.etag).not.toBe(etag);
    expect(await admin.call('GET', '/auth-sources/new')).toEqual(answer);
  });

  it('takes applications out, and rows of the mapping, when it names the others', async () => {
    await admin.done('PATCH', '/auth-sources/new', {
      applications: ['other', CLIENT_ID],
      attribute_mapping: MAPPING,
    });
    const answer = await admin.call('PATCH', '/auth-sources/new', {
      applications: [CLIENT_ID],
      attribute_mapping: [],
    });
    expect(answer).toEqual(aResource(defaults({ applications: [CLIENT_ID], updated_at: LATER })));
    expect((await admin.call('PATCH', '/auth-sources/new', { applications: [] })).body).toEqual(
      defaults({ updated_at: LATER }),
    );
  });

  it('that changes nothing writes nothing', async () => {
    await admin.done('PATCH', '/auth-sources/new', {
      app_secret: APP_SECRET,
      applications: ['other', CLIENT_ID],
    });
    moveClock(1);
    const before = await admin.call('GET', '/auth-sources/new');
    const events = async () => (await admin.done('GET', '/audit-events')).body;
    const recorded = await events();
    for (const same of [{}, { app_secret: APP_SECRET }, { applications: [CLIENT_ID, 'other'] }, required]) {
      expect(await admin.call('PATCH', '/auth-sources/new', same)).toEqual(before);
    }
    expect(await events()).toEqual(recorded);
  });

  it.each(WRONG)('%s may not become %j, and then nothing is changed', async (field, value, problems) => {
    expect(await admin.call('PATCH', '/auth-sources/new', { name: 'Other', [field]: value })).toEqual(
      invalid(problems),
    );
    expect(await admin.call('GET', '/auth-sources/new')).toEqual(aResource(defaults(), { etag }));
  });

  it.each([
    ['other', 'cannot be changed'],
    [null, 'must not be null'],
  ])('id cannot become %j', async (id, detail) => {
    expect(await admin.call('PATCH', '/auth-sources/new', { id })).toEqual(invalid({ id: detail }));
  });
});

describe('a change of an auth source', () => {
  const PATH = `/auth-sources/${AUTH_SOURCE_ID}`;
  const refusal = (error: string, error_description: string, status = 400) => ({
    status,
    body: { error, error_description },
  });

  beforeEach(() => registerSessions(service));

  it.each([
    [{ enabled: false }, refusal('invalid_auth_source', 'Auth source not found or disabled')],
    [{ type: 'wechat_website' }, refusal('invalid_auth_source', 'Wrong auth source type')],
    [{ applications: [] }, refusal('invalid_auth_source', 'Auth source and application not associated')],
    [{ app_secret: 'another' }, refusal('server_error', 'WeChat error: 40125', 500)],
  ])('%j is in force at the next login', async (change, expected) => {
    const before = (await admin.done('GET', PATH)).body;
    await admin.done('PATCH', PATH, change);
    expect(await seen(await service.login('band'))).toEqual(expected);
    const settings = without(before, 'created_at', 'updated_at');
    await admin.done('PATCH', PATH, { ...settings, app_secret: APP_SECRET });
    expect((await service.login('band')).status).toBe(200);
  });

  it('disabled, it lets no session go on until it is enabled again', async () => {
    const { refresh_token } = await service.loginAs('band');
    const refresh = async () =>
      seen(await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token }));
    await admin.done('PATCH', PATH, { enabled: false });
    expect(await refresh()).toEqual(refusal('invalid_grant', 'Auth source not found or disabled'));
    await admin.done('PATCH', PATH, { enabled: true });
    expect((await refresh()).status).toBe(200);
  });

  it('the secret is in no answer and, in clear, in no row', async () => {
    const secret = 'a secret that nothing else contains';
    const answers = [
      await admin.call('PATCH', PATH, { app_secret: secret }),
      await admin.call('GET', PATH),
      await admin.call('GET', '/auth-sources'),
      await admin.call('GET', '/audit-events'),
    ];
    expect(JSON.stringify(answers)).not.toContain(secret);
    expect(answers[0]!.body).not.toHaveProperty('app_secret');
    for (const table of ['auth_sources', 'audit_events']) {
      expect(JSON.stringify(await service.dataSource.query(`SELECT * FROM ${table}`))).not.toContain(secret);
    }
  });
});

describe('DELETE /auth-sources/{id}', () => {
  const PATH = `/auth-sources/${AUTH_SOURCE_ID}`;

  beforeEach(() => registerSessions(service));

  it('an enabled one: 409, and nothing has ended', async () => {
    const { refresh_token } = await service.loginAs('band');
    expect(await admin.call('DELETE', PATH)).toEqual(aConflict('Disable it first'));
    expect(await introspected(service, refresh_token)).toMatchObject({ active: true });
  });

  it('a disabled one goes with its links and sessions; its users stay', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    const users = (await admin.done('GET', '/users')).body;
    await admin.done('PATCH', PATH, { enabled: false });
    expect(await admin.call('DELETE', PATH)).toEqual(NO_CONTENT);
    expect(await admin.call('GET', PATH)).toEqual(NOT_FOUND);
    expect((await admin.done('GET', '/users')).body).toEqual(users);
    expect(await seen(await service.login('band'))).toEqual({
      status: 400,
      body: { error: 'invalid_auth_source', error_description: 'Auth source not found or disabled' },
    });

    // Another one of that id has nothing of it but the people.
    await service.register({ authSources: [anAuthSource({ applications: [] })] });
    expect((await admin.done('GET', PATH)).body).toMatchObject({ applications: [] });
    for (const token of [access_token, refresh_token]) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
  });

  it('one that there is not, or not any more: 204', async () => {
    await admin.done('PATCH', PATH, { enabled: false });
    for (const path of [PATH, PATH, '/auth-sources/unknown']) {
      expect(await admin.call('DELETE', path)).toEqual(NO_CONTENT);
    }
  });
});
