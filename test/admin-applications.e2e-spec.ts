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
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
} from '../src/testing/factories.js';
import { decode } from './support/jwt.js';
import { seen, type RunningService } from './support/service.js';
import { introspected, registerSessions, withSessions } from './support/sessions.js';

const NOW = '2030-01-01T00:00:00.000Z';
const times = { created_at: NOW, updated_at: NOW };
/** 256 random bits. */
const SECRET = expect.stringMatching(/^[\w-]{43}$/) as unknown as string;

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  service.simulator.wechat.addUser({ id: 'band' });
});

beforeEach(() => stopClock(Date.parse(NOW)));

afterEach(async () => {
  resetClock();
  for (const table of ['applications', 'auth_sources', 'sessions', 'audit_events']) {
    await service.dataSource.query(`DELETE FROM ${table}`);
  }
});

afterAll(() => service.close());

/** What an application is of which nothing but its type was said. */
const defaults = (client_id: string, type: string) => ({
  client_id,
  name: client_id,
  type,
  enabled: true,
  grant_types: [],
  scopes: ['openid'],
  access_token_ttl: 300,
  id_token_ttl: 1800,
  refresh_token_ttl: 0,
  refresh_token_max_ttl: 2_592_000,
  refresh_reuse_interval: 30,
  signing_alg: 'RS256',
  token_profile: 'ciam',
  id_token_claims: [],
  cors_origins: [],
  ...times,
});

/** Another value for whatever can be changed. */
const CHANGES: [string, unknown][] = [
  ['name', 'Another name 名'],
  ['enabled', false],
  ['grant_types', [JSCODE_GRANT, 'refresh_token']],
  ['scopes', ['phone', 'openid', 'reports:read']],
  ['scopes', []],
  ['access_token_ttl', 1],
  ['access_token_ttl', 315_360_000],
  ['id_token_ttl', 60],
  ['refresh_token_ttl', 2_592_000],
  ['refresh_token_max_ttl', 1],
  ['refresh_reuse_interval', 0],
  ['refresh_reuse_interval', 3600],
  ['signing_alg', 'ES256'],
  ['token_profile', 'rfc9068'],
  ['id_token_claims', ['nickname', 'phone_number', 'custom.tier']],
  ['cors_origins', ['https://app.example.com', 'http://localhost:3000', 'https://*.shop.example']],
];

const unknownClaim =
  'each value in id_token_claims must be one of name, nickname, picture, gender, locality, region, country, locale, phone_number, custom.NAME';

const noOrigin =
  'each value in cors_origins must be scheme://host or scheme://host:port in lower case, ' +
  'without a path and without the port of the scheme; of three labels the first may be *';

/** Fields that cannot be as they are, and what is said of each. */
const WRONG: [string, unknown, string][] = [
  ['name', '', 'must be a text without control characters'],
  ['name', 'a\nb', 'must be a text without control characters'],
  ['name', 5, 'must be a text without control characters'],
  ['name', 'a'.repeat(256), 'must be shorter than or equal to 255 characters'],
  ['name', `${'a'.repeat(255)}\ufe0f`, 'must be shorter than or equal to 255 characters'],
  ['name', null, 'must not be null'],
  ['enabled', 'true', 'must be a boolean value'],
  ['enabled', null, 'must not be null'],
  ['grant_types', 'refresh_token', 'must be an array'],
  ['grant_types', [1], 'each value in grant_types must be a string'],
  ['grant_types', ['unknown'], 'unknown grant type unknown'],
  ['grant_types', ['client_credentials'], 'client_credentials is not for applications of type mini_program'],
  ['grant_types', ['refresh_token', 'refresh_token'], "All grant_types's elements must be unique"],
  ['scopes', ['two words'], 'each value in scopes must be a scope token'],
  ['scopes', [''], 'each value in scopes must be a scope token'],
  ['access_token_ttl', 0, 'must not be less than 1'],
  ['access_token_ttl', 315_360_001, 'must not be greater than 315360000'],
  ['access_token_ttl', 1.5, 'must be an integer number'],
  ['access_token_ttl', '300', 'must be an integer number'],
  ['id_token_ttl', -1, 'must not be less than 1'],
  ['refresh_token_ttl', -1, 'must not be less than 0'],
  ['refresh_token_ttl', 2_592_001, 'must not be greater than refresh_token_max_ttl'],
  ['refresh_token_max_ttl', 0, 'must not be less than 1'],
  ['refresh_reuse_interval', 3601, 'must not be greater than 3600'],
  ['signing_alg', 'HS256', 'must be one of the following values: RS256, ES256'],
  ['token_profile', 'other', 'must be one of the following values: ciam, rfc9068'],
  ['id_token_claims', ['sub'], unknownClaim],
  ['cors_origins', ['*'], noOrigin],
  ['cors_origins', ['null'], noOrigin],
  ['cors_origins', ['https://app.example.com/'], noOrigin],
  ['cors_origins', 'https://app.example.com', 'must be an array'],
  [
    'cors_origins',
    Array.from({ length: 11 }, (_, index) => `https://a${index}.example.com`),
    'must contain no more than 10 elements',
  ],
  ['cors_origins', ['https://a.example', 'https://a.example'], "All cors_origins's elements must be unique"],
  ['client_secret', 'a secret', 'an application of type mini_program is public and cannot keep a secret'],
  ['client_secret', '', 'must be 1 to 512 printable ASCII characters'],
  ['client_secret', null, 'must not be null'],
  ['created_at', NOW, 'unknown field'],
  ['client_secret_env', 'SECRET', 'unknown field'],
];

describe('POST /applications', () => {
  it('registers an application, which is then what it is said to be', async () => {
    const settings = anApplication({
      grant_types: [JSCODE_GRANT, 'refresh_token'],
      scopes: ['phone', 'openid'],
      refresh_token_ttl: 3600,
      refresh_token_max_ttl: 7200,
      id_token_claims: ['nickname', 'custom.tier'],
      enabled: false,
    });
    const path = `/applications/${CLIENT_ID}`;
    const created = await admin.call('POST', '/applications', settings);
    expect(created).toEqual(
      aResource({ ...settings, ...times }, { status: 201, location: `/admin/v1${path}` }),
    );
    const { etag } = created.headers;
    expect(await admin.call('GET', path)).toEqual(aResource({ ...settings, ...times }, { etag }));
  });

  it.each(['mini_program', 'spa', 'mobile'])('a %s of which nothing is said has no secret', async (type) => {
    expect(await admin.call('POST', '/applications', { client_id: 'new', type })).toEqual(
      aResource(defaults('new', type), { status: 201, location: '/admin/v1/applications/new' }),
    );
  });

  it.each(['web', 'm2m'])('a %s without secret is given one, which is shown once and works', async (type) => {
    const settings = { client_id: 'new', type, grant_types: ['client_credentials'], scopes: ['reports'] };
    const created = await admin.call('POST', '/applications', settings);
    const application = { ...defaults('new', type), ...settings };
    expect(created).toEqual(
      aResource(
        { ...application, client_secret: SECRET },
        { status: 201, location: '/admin/v1/applications/new' },
      ),
    );
    const { client_secret } = created.body as { client_secret: string };
    expect(await granted('new', client_secret)).toBe(200);
    const { etag } = created.headers;
    expect(await admin.call('GET', '/applications/new')).toEqual(aResource(application, { etag }));
    expect(await admin.call('GET', '/applications')).toEqual(
      anAnswer({ items: [application], next_cursor: null }),
    );
  });

  it('a secret that is given works and is not repeated', async () => {
    const settings = {
      client_id: 'new',
      type: 'm2m',
      grant_types: ['client_credentials'],
      scopes: ['reports'],
    };
    expect(
      await admin.call('POST', '/applications', { ...settings, client_secret: 'its own secret' }),
    ).toEqual(
      aResource(
        { ...defaults('new', 'm2m'), ...settings },
        { status: 201, location: '/admin/v1/applications/new' },
      ),
    );
    expect(await granted('new', 'its own secret')).toBe(200);
    expect(await granted('new', 'another secret')).toBe(401);
  });

  it.each([
    ['a/b', 'a%2Fb'],
    ['100%', '100%25'],
    ["!#$&'()*+,;=:@~", "!%23%24%26'()*%2B%2C%3B%3D%3A%40~"],
    ['?q=1', '%3Fq%3D1'],
    ['"<\\>`{|}^', '%22%3C%5C%3E%60%7B%7C%7D%5E'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('%s is found where Location says', async (client_id, escaped) => {
    const created = await admin.call('POST', '/applications', { client_id, type: 'spa' });
    const location = `/admin/v1/applications/${escaped}`;
    expect(created).toEqual(aResource(defaults(client_id, 'spa'), { status: 201, location }));
    expect(await admin.call('GET', created.headers.location!.slice('/admin/v1'.length))).toEqual(
      aResource(defaults(client_id, 'spa')),
    );
  });

  it.each(WRONG)('%s may not be %j', async (field, value, detail) => {
    const settings = { client_id: 'new', type: 'mini_program', [field]: value };
    expect(await admin.call('POST', '/applications', settings)).toEqual(invalid({ [field]: detail }));
    expect(await admin.call('GET', '/applications')).toEqual(anAnswer({ items: [], next_cursor: null }));
  });

  it.each([
    ['client_id', undefined, 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', '', 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', 'a b', 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', 'é', 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', 'x'.repeat(129), 'must be 1 to 128 printable ASCII characters without spaces'],
    ['client_id', 5, 'must be 1 to 128 printable ASCII characters without spaces'],
    ['type', undefined, 'is required'],
    ['type', 'native', 'must be one of the following values: mini_program, web, spa, mobile, m2m'],
    ['type', null, 'must not be null'],
  ])('%s may not be %j', async (field, value, detail) => {
    const settings = { client_id: 'new', type: 'spa', [field]: value };
    expect(await admin.call('POST', '/applications', settings)).toEqual(invalid({ [field]: detail }));
  });

  it('names every field that is wrong', async () => {
    const settings = { client_id: '', name: '', enabled: 1, scopes: {}, grant_type: [] };
    expect(await admin.call('POST', '/applications', settings)).toEqual(
      invalid({
        grant_type: 'unknown field',
        client_id: 'must be 1 to 128 printable ASCII characters without spaces',
        name: 'must be a text without control characters',
        enabled: 'must be a boolean value',
        scopes: 'must be an array',
      }),
    );
  });

  it('one of that name: 409, and it stays as it is', async () => {
    const { body } = await admin.done('POST', '/applications', { client_id: 'new', type: 'spa' });
    for (const type of ['spa', 'web']) {
      expect(await admin.call('POST', '/applications', { client_id: 'new', type, name: 'Other' })).toEqual(
        aConflict('Already exists'),
      );
    }
    expect((await admin.done('GET', '/applications/new')).body).toEqual(body);
  });
});

describe('PATCH /applications/{client_id}', () => {
  const PATH = `/applications/${CLIENT_ID}`;
  let etag: string | undefined;

  beforeEach(async () => {
    ({ etag } = await admin.done('POST', '/applications', { client_id: CLIENT_ID, type: 'mini_program' }));
    moveClock(1);
  });

  it.each(CHANGES)('changes %s to %j and nothing else', async (field, value) => {
    const changed = {
      ...defaults(CLIENT_ID, 'mini_program'),
      [field]: value,
      updated_at: '2030-01-01T00:00:01.000Z',
    };
    const answer = await admin.call('PATCH', PATH, { [field]: value });
    expect(answer).toEqual(aResource(changed));
    expect(answer.headers.etag).not.toBe(etag);
    expect(await admin.call('GET', PATH)).toEqual(answer);
  });

  it('that changes nothing writes nothing', async () => {
    const same = aResource(defaults(CLIENT_ID, 'mini_program'), { etag });
    const settings = without(defaults(CLIENT_ID, 'mini_program'), 'created_at', 'updated_at');
    const events = async () => (await admin.done('GET', '/audit-events')).body;
    const before = await events();
    expect(await admin.call('PATCH', PATH, {})).toEqual(same);
    expect(await admin.call('PATCH', PATH, settings)).toEqual(same);
    expect(await events()).toEqual(before);
  });

  it.each(WRONG)('%s may not become %j, and then nothing is changed', async (field, value, detail) => {
    expect(await admin.call('PATCH', PATH, { id_token_ttl: 5, [field]: value })).toEqual(
      invalid({ [field]: detail }),
    );
    expect(await admin.call('GET', PATH)).toEqual(aResource(defaults(CLIENT_ID, 'mini_program'), { etag }));
  });

  it.each([
    ['client_id', 'other', 'cannot be changed'],
    ['client_id', null, 'must not be null'],
    ['type', 'spa', 'cannot be changed from mini_program'],
    ['type', null, 'must not be null'],
  ])('%s cannot become %j', async (field, value, detail) => {
    expect(await admin.call('PATCH', PATH, { [field]: value })).toEqual(invalid({ [field]: detail }));
  });

  it('is in force at once', async () => {
    await registerSessions(service);
    const scopesOf = async () => decode((await service.loginAs('band')).access_token).payload.scope;
    await admin.done('PATCH', PATH, { scopes: ['phone', 'openid'] });
    expect(await scopesOf()).toEqual(['phone', 'openid']);
    await admin.done('PATCH', PATH, { scopes: ['openid'] });
    expect(await scopesOf()).toEqual(['openid']);
    await admin.done('PATCH', PATH, { grant_types: [] });
    expect(await seen(await service.login('band'))).toEqual({
      status: 400,
      body: {
        error: 'unauthorized_client',
        error_description: 'Grant type not allowed for this application',
      },
    });
  });

  it('an application that is disabled is out with all its tokens, until it is enabled again', async () => {
    await registerSessions(service);
    const { access_token, refresh_token } = await service.loginAs('band');
    await admin.done('PATCH', PATH, { enabled: false });
    const refused = {
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    };
    const refresh = () => service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
    expect(await seen(await service.login('band'))).toEqual(refused);
    expect(await seen(await refresh())).toEqual(refused);
    for (const token of [access_token, refresh_token]) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
    await admin.done('PATCH', PATH, { enabled: true });
    expect(await introspected(service, access_token)).toMatchObject({ active: true });
    expect((await refresh()).status).toBe(200);
  });

  it('a secret that is given takes the place of the one before', async () => {
    await admin.done('POST', '/applications', {
      client_id: 'web',
      type: 'web',
      client_secret: 'the first',
      grant_types: ['client_credentials'],
      scopes: ['reports'],
    });
    const changed = await admin.call('PATCH', '/applications/web', { client_secret: 'the second' });
    expect(changed).toEqual(
      aResource({
        ...defaults('web', 'web'),
        grant_types: ['client_credentials'],
        scopes: ['reports'],
        created_at: '2030-01-01T00:00:01.000Z',
        updated_at: '2030-01-01T00:00:01.000Z',
      }),
    );
    expect([await granted('web', 'the first'), await granted('web', 'the second')]).toEqual([401, 200]);
  });
});

describe('POST /applications/{client_id}/rotate-secret', () => {
  const settings = { type: 'm2m', grant_types: ['client_credentials'], scopes: ['reports'] };

  it('gives another secret, shown once; the one before does not work any more', async () => {
    const { body, etag } = await admin.done<{ client_secret: string }>('POST', '/applications', {
      client_id: 'm2m',
      ...settings,
    });
    moveClock(1);
    const rotated = await admin.call('POST', '/applications/m2m/rotate-secret');
    const application = {
      ...defaults('m2m', 'm2m'),
      ...settings,
      updated_at: '2030-01-01T00:00:01.000Z',
    };
    expect(rotated).toEqual(aResource({ ...application, client_secret: SECRET }));
    const { client_secret } = rotated.body as { client_secret: string };
    expect([await granted('m2m', body.client_secret), await granted('m2m', client_secret)]).toEqual([
      401, 200,
    ]);
    expect(rotated.headers.etag).not.toBe(etag);
    expect(await admin.call('GET', '/applications/m2m')).toEqual(
      aResource(application, { etag: rotated.headers.etag }),
    );
  });

  it('even a disabled application is given one', async () => {
    await admin.done('POST', '/applications', { client_id: 'm2m', ...settings, enabled: false });
    expect(await admin.call('POST', '/applications/m2m/rotate-secret')).toEqual(
      aResource({ ...defaults('m2m', 'm2m'), ...settings, enabled: false, client_secret: SECRET }),
    );
  });

  it.each(['mini_program', 'spa', 'mobile'])('a %s has none: 409', async (type) => {
    await admin.done('POST', '/applications', { client_id: 'new', type });
    expect(await admin.call('POST', '/applications/new/rotate-secret')).toEqual(
      aConflict('A public application has no secret'),
    );
  });
});

describe('DELETE /applications/{client_id}', () => {
  const PATH = `/applications/${CLIENT_ID}`;

  beforeEach(() => registerSessions(service));

  it('an enabled application: 409, and nothing has ended', async () => {
    const { refresh_token } = await service.loginAs('band');
    expect(await admin.call('DELETE', PATH)).toEqual(aConflict('Disable it first'));
    expect(await introspected(service, refresh_token)).toMatchObject({ active: true });
    expect((await admin.call('GET', PATH)).status).toBe(200);
  });

  it('a disabled one goes with its links and its sessions, for good', async () => {
    const { access_token, refresh_token } = await service.loginAs('band');
    await admin.done('PATCH', PATH, { enabled: false });
    expect(await admin.call('DELETE', PATH)).toEqual(NO_CONTENT);
    expect(await admin.call('GET', PATH)).toEqual(NOT_FOUND);
    const source = `/auth-sources/${AUTH_SOURCE_ID}`;
    expect((await admin.done(`GET`, source)).body).toMatchObject({ applications: [] });
    expect((await service.login('band')).status).toBe(401);

    // Another one of that name has nothing of it.
    await service.register({ applications: [anApplication(withSessions)] });
    expect(await seen(await service.login('band'))).toEqual({
      status: 400,
      body: {
        error: 'invalid_auth_source',
        error_description: 'Auth source and application not associated',
      },
    });
    await service.register({ authSources: [anAuthSource()] });
    for (const token of [access_token, refresh_token]) {
      expect(await introspected(service, token)).toEqual({ active: false });
    }
    expect(
      await seen(await service.token({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token })),
    ).toEqual({ status: 400, body: { error: 'invalid_grant', error_description: 'Invalid refresh token' } });
  });

  it('ends no session of another application', async () => {
    await service.register({
      applications: [anApplication({ ...withSessions, client_id: 'other', enabled: false })],
    });
    const { refresh_token } = await service.loginAs('band');
    expect(await admin.call('DELETE', '/applications/other')).toEqual(NO_CONTENT);
    expect(await introspected(service, refresh_token)).toMatchObject({ active: true });
  });

  it('one that there is not, or not any more: 204, and nothing is recorded', async () => {
    await admin.done('PATCH', PATH, { enabled: false });
    expect(await admin.call('DELETE', PATH)).toEqual(NO_CONTENT);
    const events = async () => (await admin.done('GET', '/audit-events')).body;
    const before = await events();
    expect(await admin.call('DELETE', PATH)).toEqual(NO_CONTENT);
    expect(await admin.call('DELETE', '/applications/unknown')).toEqual(NO_CONTENT);
    expect(await events()).toEqual(before);
  });

  it('more sessions than are ended at once end all the same', async () => {
    await service.loginAs('band');
    await multiply('sessions', 1200);
    await admin.done('PATCH', PATH, { enabled: false });
    expect(await admin.call('DELETE', PATH)).toEqual(NO_CONTENT);
    const living = `SELECT COUNT(*) AS count FROM sessions WHERE revoked_at IS NULL`;
    const [row] = await service.dataSource.query<[{ count: string }]>(living);
    expect(Number(row.count)).toBe(0);
  });
});

describe('GET /applications', () => {
  it('lists them in the order of their ids, byte by byte', async () => {
    const ids = ['b', 'B', 'a', '~', '!', 'a.1', 'a10', 'a2'];
    for (const client_id of ids) await admin.done('POST', '/applications', { client_id, type: 'spa' });
    expect(await admin.call('GET', '/applications')).toEqual(
      anAnswer({
        items: ['!', 'B', 'a', 'a.1', 'a10', 'a2', 'b', '~'].map((id) => defaults(id, 'spa')),
        next_cursor: null,
      }),
    );
  });
});

/** What the token endpoint answers a client that proves who it is. */
async function granted(client_id: string, client_secret: string): Promise<number> {
  return (await service.token({ grant_type: 'client_credentials', client_id, client_secret })).status;
}

/** Copies the only row of a table until there are so many. */
async function multiply(table: string, count: number): Promise<void> {
  const [row] = await service.dataSource.query<[Record<string, unknown>]>(`SELECT * FROM ${table}`);
  const columns = Object.keys(row);
  const names = columns.map((column) => (column === 'id' ? '?' : column)).join(', ');
  for (let copy = 1; copy < count; copy++) {
    await service.dataSource.query(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${names} FROM ${table} WHERE id = ?`,
      [`copy-${copy}`, row.id],
    );
  }
}
