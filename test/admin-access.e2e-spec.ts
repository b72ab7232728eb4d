import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { UserDirectory } from '../src/users/user-directory.js';
import {
  ADMIN_TOKEN,
  AdminClient,
  NOT_FOUND,
  aProblem,
  anAnswer,
  invalid,
  startAdministrated,
  type AdminAnswer,
} from './support/admin.js';
import { databaseContent } from './support/database-content.js';
import { AUTH_SOURCE_ID, CLIENT_ID } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { registerSessions } from './support/sessions.js';
import { startTcpProxy } from './support/tcp-proxy.js';
import { createTestDatabase, isMysql } from './support/test-database.js';

/** Every endpoint, with a body where it takes one. */
const ENDPOINTS: readonly (readonly [method: string, path: string, body: object | undefined])[] = [
  ['GET', '/applications', undefined],
  ['POST', '/applications', { client_id: 'new', type: 'spa' }],
  ['GET', `/applications/${CLIENT_ID}`, undefined],
  ['PATCH', `/applications/${CLIENT_ID}`, { name: 'Other' }],
  ['DELETE', `/applications/${CLIENT_ID}`, undefined],
  ['POST', '/applications/resource-server/rotate-secret', undefined],
  ['GET', '/auth-sources', undefined],
  ['POST', '/auth-sources', { id: 'new', type: 'wechat_website', app_id: 'wx0' }],
  ['GET', `/auth-sources/${AUTH_SOURCE_ID}`, undefined],
  ['PATCH', `/auth-sources/${AUTH_SOURCE_ID}`, { name: 'Other' }],
  ['DELETE', `/auth-sources/${AUTH_SOURCE_ID}`, undefined],
  ['POST', `/auth-sources/${AUTH_SOURCE_ID}/attribute-mapping/preview`, { profile: {} }],
  ['GET', '/users', undefined],
  ['GET', '/users/user', undefined],
  ['PATCH', '/users/user', { name: 'Other' }],
  ['DELETE', '/users/user', undefined],
  ['GET', '/users/user/sessions', undefined],
  ['DELETE', '/users/user/sessions', undefined],
  ['GET', '/users/user/sessions/session', undefined],
  ['DELETE', '/users/user/sessions/session', undefined],
  ['GET', '/audit-events', undefined],
  ['GET', '/signing-keys', undefined],
  ['POST', '/signing-keys/rotate', undefined],
];

let service: RunningService;
let admin: AdminClient;

beforeAll(async () => {
  ({ service, admin } = await startAdministrated());
  await registerSessions(service);
});

afterAll(() => service.close());

/** Nothing is written by what `requests` does. */
async function expectNothingWritten(requests: () => Promise<unknown>): Promise<void> {
  const before = await databaseContent(service.dataSource);
  await requests();
  expect(await databaseContent(service.dataSource)).toEqual(before);
}

describe('without ADMIN_TOKEN', () => {
  it('there is no admin API, whatever is asked for and whatever token comes with it', async () => {
    const other = await startService();
    const [withToken, without] = [new AdminClient(other.url), new AdminClient(other.url, null)];
    for (const [method, path, body] of [...ENDPOINTS, ['GET', ''], ['GET', '/unknown']] as const) {
      expect(await withToken.call(method, path, body)).toEqual(NOT_FOUND);
      expect(await without.call(method, path, body)).toEqual(NOT_FOUND);
    }
    await other.close();
  });
});

describe('the admin token', () => {
  const refused = (challenge: string) =>
    aProblem(401, 'Unauthorized', 'Authentication failed', { headers: { 'www-authenticate': challenge } });

  it.each(ENDPOINTS)('is needed for %s %s', async (method, path, body) => {
    await expectNothingWritten(async () => {
      const nobody = new AdminClient(service.url, null);
      expect(await nobody.call(method, path, body)).toEqual(refused('Bearer'));
      const somebody = new AdminClient(service.url, ADMIN_TOKEN.replace('0', '1'));
      expect(await somebody.call(method, path, body)).toEqual(refused('Bearer error="invalid_token"'));
    });
  });

  it.each([
    ['another scheme', { Authorization: `Basic ${ADMIN_TOKEN}` }],
    ['no scheme', { Authorization: ADMIN_TOKEN }],
    ['an empty header', { Authorization: '' }],
    ['a scheme alone', { Authorization: 'Bearer ' }],
    ['two tokens', { Authorization: `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}` }],
    ['a header of another name', { 'X-Admin-Token': ADMIN_TOKEN }],
  ])('counts as none with %s', async (_, headers) => {
    const nobody = new AdminClient(service.url, null);
    expect(await nobody.call('GET', '/users', undefined, headers)).toEqual(refused('Bearer'));
  });

  it('counts as none in the query', async () => {
    const nobody = new AdminClient(service.url, null);
    expect(await nobody.call('GET', `/users?access_token=${ADMIN_TOKEN}`)).toEqual(refused('Bearer'));
  });

  it.each([ADMIN_TOKEN.slice(0, -1), `${ADMIN_TOKEN}x`, ADMIN_TOKEN.toUpperCase()])(
    'is not %s',
    async (token) => {
      expect(await new AdminClient(service.url, token).call('GET', '/users')).toEqual(
        refused('Bearer error="invalid_token"'),
      );
    },
  );

  it.each([`bearer ${ADMIN_TOKEN}`, `BEARER   ${ADMIN_TOKEN}`])('may come as %s', async (Authorization) => {
    const other = new AdminClient(service.url, null);
    expect((await other.call('GET', '/users', undefined, { Authorization })).status).toBe(200);
  });

  it('is looked at before query and body', async () => {
    const nobody = new AdminClient(service.url, null);
    expect(await nobody.call('GET', '/users?unknown=1')).toEqual(refused('Bearer'));
    expect(await nobody.call('POST', '/applications', '{')).toEqual(refused('Bearer'));
  });
});

describe('a path that there is not', () => {
  it.each([
    ['GET', ''],
    ['GET', '/'],
    ['GET', '/unknown'],
    ['GET', '/Applications'],
    ['GET', '/applications/'],
    ['GET', '/applications/a/b'],
    ['GET', `/applications/${CLIENT_ID}/rotate-secret`],
    ['GET', '/signing-keys/rotate'],
    ['PUT', '/applications'],
    ['PATCH', '/applications'],
    ['DELETE', '/applications'],
    ['POST', `/applications/${CLIENT_ID}`],
    ['PUT', `/applications/${CLIENT_ID}`],
    ['OPTIONS', `/applications/${CLIENT_ID}`],
    ['POST', '/users'],
    ['PATCH', '/users/user/sessions/session'],
    ['POST', '/audit-events'],
    ['DELETE', '/audit-events'],
    ['DELETE', '/signing-keys'],
  ])('%s %s: 404, with the token and without', async (method, path) => {
    expect(await admin.call(method, path)).toEqual(NOT_FOUND);
    expect(await new AdminClient(service.url, null).call(method, path)).toEqual(NOT_FOUND);
  });

  it.each<[string, string, object | undefined]>([
    ['GET', '/applications/unknown', undefined],
    ['PATCH', '/applications/unknown', {}],
    ['POST', '/applications/unknown/rotate-secret', undefined],
    ['GET', '/auth-sources/unknown', undefined],
    ['PATCH', '/auth-sources/unknown', {}],
    ['POST', '/auth-sources/unknown/attribute-mapping/preview', { profile: {} }],
    ['GET', '/users/unknown', undefined],
    ['PATCH', '/users/unknown', { name: 'Other' }],
    ['GET', '/users/unknown/sessions', undefined],
    ['DELETE', '/users/unknown/sessions', undefined],
    ['GET', '/users/unknown/sessions/unknown', undefined],
    ['DELETE', '/users/unknown/sessions/unknown', undefined],
  ])('%s %s: 404', async (method, path, body) => {
    await expectNothingWritten(async () => {
      expect(await admin.call(method, path, body)).toEqual(NOT_FOUND);
    });
  });

  it.each([
    `/applications/${CLIENT_ID}%20`,
    `/applications/${CLIENT_ID.toLowerCase()}`,
    `/auth-sources/${AUTH_SOURCE_ID}%20`,
    `/auth-sources/${AUTH_SOURCE_ID.toLowerCase()}`,
  ])('ids are compared byte by byte: %s', async (path) => {
    expect(await admin.call('GET', path)).toEqual(NOT_FOUND);
  });

  it.each(['/users/%E0', '/applications/%', '/%ff'])(
    'is one that is not escaped as it must be: %s',
    async (path) => {
      expect(await admin.call('GET', path)).toEqual(NOT_FOUND);
    },
  );
});

const WITH_BODY = ENDPOINTS.filter(([, , body]) => body !== undefined);

describe.each(WITH_BODY)('the body of %s %s', (method, path, body) => {
  const unsupported = aProblem(415, 'Unsupported Media Type', 'Unsupported content type');
  const malformed = aProblem(400, 'Bad Request', 'Malformed request body');
  const tooLarge = aProblem(413, 'Payload Too Large', 'Request body too large');
  const text = JSON.stringify(body);

  const send = (sent: string | Uint8Array, headers: Record<string, string> = {}) =>
    admin.call(method, path, sent, headers);

  it.each<[string, Record<string, string>]>([
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'Content-Type': 'text/plain' }],
    ['no type', { 'Content-Type': '' }],
    ['JSON of another kind', { 'Content-Type': 'application/problem+json' }],
    ['JSON in another charset', { 'Content-Type': 'application/json; charset=gbk' }],
    ['JSON that says it is compressed', { 'Content-Encoding': 'br' }],
  ])('may not be %s', async (_, headers) => {
    await expectNothingWritten(async () => expect(await send(text, headers)).toEqual(unsupported));
  });

  it('may not be compressed', async () => {
    await expectNothingWritten(async () => {
      expect(await send(gzipSync(text), { 'Content-Encoding': 'gzip' })).toEqual(unsupported);
    });
  });

  it.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['JSON that is cut off', text.slice(0, -1)],
    ['JSON with something behind it', `${text}}`],
    ['a list', '[]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['a number', '1'],
    ['an object with half a character in it', '{"unknown":"\\ud800"}'],
    ['an object that names its constructor', '{"name":{"constructor":"a"},"unknown":{"constructor":"a"}}'],
    ['bytes that are not UTF-8', Buffer.from('{"unknown":"\u00ff"}', 'latin1')],
  ])('may not be %s', async (_, sent) => {
    await expectNothingWritten(async () => expect(await send(sent)).toEqual(malformed));
  });

  it('may have 64 KiB and not a byte more', async () => {
    const filled = (length: number) => `{"unknown":1${' '.repeat(length - 13)}}`;
    expect((await send(filled(65_536))).body).toMatchObject({ detail: 'The request is not valid' });
    expect(await send(filled(65_537))).toEqual(tooLarge);
  });

  it.each(['unknown', '__proto__', 'constructor', 'toString'])('may not have a field %s', async (field) => {
    const sent = `{${JSON.stringify(field)}:{},${text.slice(1)}`;
    await expectNothingWritten(async () => {
      expect(await send(sent)).toEqual(invalid({ [field]: 'unknown field' }));
    });
  });

  it('may not be nested so deep that nobody could look at it', async () => {
    for (const field of ['unknown', 'name', 'attribute_mapping', 'profile', 'custom']) {
      expect(await send(`{"${field}":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toEqual(malformed);
    }
  });
});

describe('the type of a body', () => {
  const patch = (type: string) =>
    admin.call('PATCH', `/applications/${CLIENT_ID}`, '{}', { 'Content-Type': type });

  it.each([
    'application/json;charset=UTF-8',
    'Application/JSON; charset="utf-8"',
    'application/merge-patch+json',
    'application/merge-patch+json; charset=utf8',
  ])('of a PATCH may be %s', async (type) => {
    expect((await patch(type)).status).toBe(200);
  });

  it('of a POST is no patch', async () => {
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    expect((await admin.call('POST', '/applications', '{"client_id":"a"}', headers)).status).toBe(415);
  });

  it('does not matter where there is no body', async () => {
    const headers = { 'Content-Type': 'text/plain' };
    const path = '/applications/unknown/rotate-secret';
    expect(await admin.call('POST', path, 'a', headers)).toEqual(NOT_FOUND);
  });
});

describe('the query', () => {
  const QUERIED: readonly (readonly [string, string])[] = ENDPOINTS.map(([method, path]) => [method, path]);

  it.each(QUERIED)('of %s %s has no unknown parameter', async (method, path) => {
    await expectNothingWritten(async () => {
      expect(await admin.call(method, `${path}?unknown=1`)).toEqual(
        invalid({ unknown: 'unknown parameter' }),
      );
    });
  });

  it.each(['', 'constructor', '__proto__', 'toString', 'limit[]', 'Limit', 'offset'])(
    'knows no parameter %j, with a value or without',
    async (name) => {
      for (const value of ['1', '']) {
        expect(await admin.call('GET', `/users?${name}=${value}`)).toEqual(
          invalid({ [name]: 'unknown parameter' }),
        );
      }
    },
  );

  it('names each parameter that is wrong', async () => {
    expect(await admin.call('GET', '/users?limit=0&status=normal&phone_number=1&x=1&openid=%20')).toEqual(
      invalid({
        x: 'unknown parameter',
        phone_number: 'must be an E.164 number such as +8613800138000',
        openid: 'must be 1 to 128 printable ASCII characters without spaces',
        status: 'must be one of the following values: NORMAL, LOCK, FREEZE',
        limit: 'must not be less than 1',
      }),
    );
  });

  it('has no parameter twice', async () => {
    expect(await admin.call('GET', '/users?limit=1&limit=2&status=LOCK&status=LOCK')).toEqual(
      invalid({ limit: 'is repeated', status: 'is repeated' }),
    );
  });

  it('may have parameters that are empty, as if they were not there', async () => {
    expect(await admin.call('GET', '/users?limit=&cursor=&status=&openid=')).toEqual(
      anAnswer({ items: [], next_cursor: null }),
    );
  });
});

describe('a fault of the service', () => {
  it('is told without its cause, and logged with it', async () => {
    const cause = new Error('a cause');
    const directory = service.app.get(UserDirectory);
    const read = jest.spyOn(directory, 'read').mockRejectedValue(cause);
    const error = jest.spyOn(Logger.prototype, 'error');
    expect(await admin.call('GET', '/users/user')).toEqual(
      aProblem(500, 'Internal Server Error', 'Internal server error'),
    );
    expect(error.mock.calls).toEqual([[cause]]);
    read.mockRestore();
    error.mockRestore();
  });
});

// An embedded database cannot be out of reach.
(isMysql ? describe : describe.skip)('a database that is out of reach', () => {
  it('503 for all that needs it, and it goes on when the database is back', async () => {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    const line = await startTcpProxy(url.hostname, Number(url.port || 3306));
    url.host = `127.0.0.1:${line.port}`;
    const started = await startAdministrated({ DATABASE_URL: url.href, DATABASE_POOL_SIZE: '3' });
    line.cut();
    const answers: AdminAnswer[] = [];
    for (const [method, path, body] of ENDPOINTS) answers.push(await started.admin.call(method, path, body));
    const unavailable = aProblem(503, 'Service Unavailable', 'Service unavailable', {
      headers: { 'retry-after': '5' },
    });
    expect(answers).toEqual(ENDPOINTS.map(() => unavailable));
    expect((await new AdminClient(started.service.url, null).call('GET', '/users')).status).toBe(401);
    line.restore();
    expect(await started.admin.call('GET', '/users')).toEqual(anAnswer({ items: [], next_cursor: null }));
    await started.service.close();
    await line.close();
    await database.drop();
  });
});
