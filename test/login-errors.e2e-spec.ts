import { randomBytes } from 'node:crypto';
import { Not } from 'typeorm';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { User, type UserStatus } from '../src/users/user.entity.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { UNUSABLE_ANSWERS } from './support/unusable-answers.js';

const OTHER_APP_ID = 'wx0000000000000001';

let service: RunningService;
/** The mini program that is logged in to. */
let appId = APP_ID;

beforeAll(async () => {
  service = await startService({ WECHAT_TIMEOUT_MS: '2000' });
});

beforeEach(async () => {
  const { wechat } = service.simulator;
  wechat.clearFaults();
  wechat.clock.offsetMs = 0;
  wechat.addApp({ appid: OTHER_APP_ID, secret: 'other' });
  wechat.addUser({ id: 'band', blocked: false });
  await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
});

afterAll(() => service.close());

/** A login of a fresh js_code. */
function aLogin(extra: object = {}): object {
  return { ...loginRequest(service.simulator.wechat.login(appId, 'band')), ...extra };
}

/** The same with everything that getUserInfo and getPhoneNumber need. */
function aFullLogin(extra: object = {}): object {
  const { wechat } = service.simulator;
  const login = aLogin({ getUserInfo: true, getPhoneNumber: true });
  return {
    ...login,
    ...wechat.encryptedData(appId, 'band'),
    phone_code: wechat.phoneCode(appId, 'band'),
    ...extra,
  };
}

async function answerTo(body: object) {
  const response = await service.token(body);
  const { 'retry-after': retryAfter, 'content-type': contentType } = Object.fromEntries(response.headers);
  expect(contentType).toBe('application/json;charset=UTF-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
  return { status: response.status, body: await response.json(), ...(retryAfter ? { retryAfter } : {}) };
}

function error(status: number, error: string, error_description: string) {
  return { status, body: { error, error_description } };
}

async function setStatus(status: UserStatus): Promise<void> {
  await service.app
    .get(UnitOfWork)
    .run((manager) => manager.update(User, { status: Not(status) }, { status }));
}

describe('the errors that CIAM documents', () => {
  it('js_code is not valid', async () => {
    expect(await answerTo(aLogin({ js_code: 'MOCK_JS_CODE' }))).toEqual(
      error(400, 'invalid_grant', 'WeChat error: 40029'),
    );
  });

  it.each(['LOCK', 'FREEZE'] as const)('the user is in status %s', async (status) => {
    expect((await service.login('band')).status).toBe(200);
    await setStatus(status);
    expect(await answerTo(aLogin())).toEqual(error(400, 'invalid_grant', 'Abnormal user status'));
    await setStatus('NORMAL');
    expect((await service.login('band')).status).toBe(200);
  });

  it('the auth source does not exist', async () => {
    const expected = error(400, 'invalid_auth_source', 'Auth source not found or disabled');
    expect(await answerTo(aLogin({ auth_source_id: 'unknown' }))).toEqual(expected);
    expect(await answerTo(aLogin({ auth_source_id: AUTH_SOURCE_ID.toLowerCase() }))).toEqual(expected);
    expect(await answerTo(aLogin({ auth_source_id: `${AUTH_SOURCE_ID} ` }))).toEqual(expected);
  });

  it('the auth source is not enabled', async () => {
    await service.register({ authSources: [anAuthSource({ enabled: false })] });
    expect(await answerTo(aLogin())).toEqual(
      error(400, 'invalid_auth_source', 'Auth source not found or disabled'),
    );
  });

  it.each(['wechat_website', 'wechat_official_account', 'wechat_mobile_app'] as const)(
    'the auth source is a %s',
    async (type) => {
      await service.register({ authSources: [anAuthSource({ id: type, type })] });
      expect(await answerTo(aLogin({ auth_source_id: type }))).toEqual(
        error(400, 'invalid_auth_source', 'Wrong auth source type'),
      );
    },
  );

  it('the auth source is not linked to the application', async () => {
    await service.register({ authSources: [anAuthSource({ applications: [] })] });
    expect(await answerTo(aLogin())).toEqual(
      error(400, 'invalid_auth_source', 'Auth source and application not associated'),
    );
  });

  it('user info is wanted without encryptedData, or without iv', async () => {
    expect(await answerTo(aLogin({ getUserInfo: true }))).toEqual(
      error(400, 'invalid_request', 'Missing required parameter: encryptedData'),
    );
    expect(await answerTo(aLogin({ getUserInfo: true, encryptedData: 'A'.repeat(64) }))).toEqual(
      error(400, 'invalid_request', 'Missing required parameter: iv'),
    );
  });

  it('a phone number is wanted without phone_code', async () => {
    expect(await answerTo(aLogin({ getPhoneNumber: true }))).toEqual(
      error(400, 'invalid_request', 'Missing required parameter: phone_code'),
    );
  });
});

describe('parameters', () => {
  const required = ['grant_type', 'client_id', 'auth_source_id', 'js_code'];

  it.each(required)('%s is absent, null or empty', async (name) => {
    const expected = error(400, 'invalid_request', `Missing required parameter: ${name}`);
    for (const value of [undefined, null, ''])
      expect(await answerTo(aLogin({ [name]: value }))).toEqual(expected);
  });

  it.each([...required, 'getUserInfo', 'encryptedData', 'iv', 'getPhoneNumber', 'phone_code', 'scope'])(
    '%s is an array',
    async (name) => {
      const expected = error(400, 'invalid_request', `Repeated parameter: ${name}`);
      for (const value of [[], ['a'], ['a', 'b']])
        expect(await answerTo(aLogin({ [name]: value }))).toEqual(expected);
    },
  );

  it.each([...required, 'encryptedData', 'iv', 'phone_code', 'scope'])('%s is not a string', async (name) => {
    const expected = error(400, 'invalid_request', `Invalid parameter: ${name}`);
    for (const value of [0, 1.5, true, {}])
      expect(await answerTo(aLogin({ [name]: value }))).toEqual(expected);
  });

  it.each(['getUserInfo', 'getPhoneNumber'])('%s is not a boolean', async (name) => {
    const expected = error(400, 'invalid_request', `Invalid parameter: ${name}`);
    for (const value of ['true', 'false', 0, 1, {}])
      expect(await answerTo(aLogin({ [name]: value }))).toEqual(expected);
  });

  it.each([
    ['client_id', 128],
    ['auth_source_id', 128],
    ['js_code', 512],
    ['encryptedData', 48 * 1024],
    ['iv', 64],
    ['phone_code', 512],
    ['scope', 1024],
  ])('%s is longer than %d characters', async (name, longest) => {
    const expected = error(400, 'invalid_request', `Invalid parameter: ${name}`);
    expect(await answerTo(aLogin({ [name]: 'A'.repeat(longest + 1) }))).toEqual(expected);
    expect(await answerTo(aLogin({ [name]: 'A'.repeat(longest) }))).not.toEqual(expected);
  });

  it('encryptedData is not base64 of whole AES blocks', async () => {
    const expected = error(400, 'invalid_request', 'Invalid parameter: encryptedData');
    const iv = randomBytes(16).toString('base64');
    const good = randomBytes(32).toString('base64');
    const bad = [
      '!',
      good.replace(/=$/, ''),
      `${good} `,
      good.replace(/./, ' '),
      randomBytes(17).toString('base64'),
      'A',
    ];
    for (const encryptedData of bad) {
      expect(await answerTo(aLogin({ getUserInfo: true, encryptedData, iv }))).toEqual(expected);
    }
  });

  it('iv is not base64 of 16 bytes', async () => {
    const expected = error(400, 'invalid_request', 'Invalid parameter: iv');
    const encryptedData = randomBytes(32).toString('base64');
    for (const iv of [
      '!',
      randomBytes(15).toString('base64'),
      randomBytes(17).toString('base64'),
      'A'.repeat(16),
    ]) {
      expect(await answerTo(aLogin({ getUserInfo: true, encryptedData, iv }))).toEqual(expected);
    }
  });

  it('scope has more than the application', async () => {
    const expected = error(400, 'invalid_scope', 'Scope not allowed for this application');
    for (const scope of ['profile', 'openid profile', 'OPENID', ' ', 'openid\tphone', 'openid"']) {
      expect(await answerTo(aLogin({ scope }))).toEqual(expected);
    }
  });
});

it('an application without scopes has none to give', async () => {
  await service.register({ applications: [anApplication({ scopes: [] })] });
  expect(await answerTo(aLogin())).toEqual(
    error(400, 'invalid_scope', 'Scope not allowed for this application'),
  );
});

describe('the application', () => {
  const refused = error(401, 'invalid_client', 'Client authentication failed');

  it('is unknown or disabled', async () => {
    for (const client_id of ['unknown', CLIENT_ID.toLowerCase(), `${CLIENT_ID} `]) {
      expect(await answerTo(aLogin({ client_id }))).toEqual(refused);
    }
    await service.register({ applications: [anApplication({ enabled: false })] });
    expect(await answerTo(aLogin())).toEqual(refused);
  });

  it('is public but sends a secret', async () => {
    expect(await answerTo(aLogin({ client_secret: 'secret' }))).toEqual(refused);
  });

  it('may not use the grant', async () => {
    await service.register({ applications: [anApplication({ grant_types: ['refresh_token'] })] });
    expect(await answerTo(aLogin())).toEqual(
      error(400, 'unauthorized_client', 'Grant type not allowed for this application'),
    );
  });

  it('asks for a grant that does not exist', async () => {
    const expected = {
      status: 400,
      body: {
        error: 'unsupported_grant_type',
        error_description: 'OAuth 2.0 Parameter: grant_type',
        error_uri: 'https://datatracker.ietf.org/doc/html/rfc6749#section-5.2',
      },
    };
    for (const grant_type of [
      'password',
      'constructor',
      '__proto__',
      JSCODE_GRANT.toUpperCase(),
      'x'.repeat(5000),
    ]) {
      expect(await answerTo(aLogin({ grant_type }))).toEqual(expected);
    }
  });
});

describe('what the client got from WeChat', () => {
  const mismatched = error(400, 'invalid_grant', 'Mismatched parameter: encryptedData');
  const undecryptable = error(400, 'invalid_grant', 'Undecryptable parameter: encryptedData');

  it('a js_code works once', async () => {
    const body = aLogin();
    expect((await answerTo(body)).status).toBe(200);
    expect(await answerTo(body)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40163'));
  });

  it('a js_code works for five minutes, in its own mini program', async () => {
    const { wechat } = service.simulator;
    const body = aLogin();
    wechat.clock.offsetMs += 300_001;
    expect(await answerTo(body)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40029'));
    const foreign = { ...loginRequest(wechat.login(OTHER_APP_ID, 'band')) };
    expect(await answerTo(foreign)).toEqual(error(400, 'invalid_grant', 'WeChat error: 40029'));
  });

  it('a user whom WeChat blocks is refused', async () => {
    service.simulator.wechat.addUser({ id: 'band', blocked: true });
    expect(await answerTo(aLogin())).toEqual(error(400, 'invalid_grant', 'WeChat error: 40226'));
  });

  it('encryptedData under another session key cannot be decrypted', async () => {
    const { wechat } = service.simulator;
    wechat.addApp({ appid: APP_ID, session_key_rotation: 'always' });
    const early = aFullLogin();
    // The second wx.login replaces the session key under which the data was encrypted.
    expect(await answerTo({ ...early, ...aLogin() })).toEqual(undecryptable);
    const damaged = {
      encryptedData: randomBytes(64).toString('base64'),
      iv: randomBytes(16).toString('base64'),
    };
    expect(await answerTo(aFullLogin(damaged))).toEqual(undecryptable);
  });

  it("encryptedData of another mini program, of another person or without watermark is not the user's", async () => {
    const { wechat } = service.simulator;
    wechat.addUser({ id: 'other' });
    const foreign = [
      { watermark: { appid: OTHER_APP_ID, timestamp: 1 } },
      { watermark: null },
      { openId: wechat.openid(APP_ID, 'other') },
      { unionId: 'o6_bmasdasdsad6_2sgVt7hMZOPfL' },
    ];
    for (const patch of foreign) {
      const login = aFullLogin();
      const encrypted = wechat.encryptedData(APP_ID, 'band', 'real', { patch });
      expect(await answerTo({ ...login, ...encrypted })).toEqual(mismatched);
    }
  });

  it('a phone code works once, for the user it was given to, and is not a js_code', async () => {
    const { wechat } = service.simulator;
    wechat.addUser({ id: 'other' });
    const expected = error(400, 'invalid_grant', 'WeChat error: 40029');
    expect(await answerTo(aFullLogin({ phone_code: 'unknown' }))).toEqual(expected);
    expect(await answerTo(aFullLogin({ phone_code: wechat.login(APP_ID, 'band') }))).toEqual(expected);
    expect(await answerTo(aFullLogin({ phone_code: wechat.phoneCode(APP_ID, 'other') }))).toMatchObject({
      status: 400,
    });
    const phone_code = wechat.phoneCode(APP_ID, 'band');
    expect((await answerTo(aFullLogin({ phone_code }))).status).toBe(200);
    expect(await answerTo(aFullLogin({ phone_code }))).toMatchObject({ status: 400 });
  });

  it('a phone number of another mini program is refused', async () => {
    const expected = error(400, 'invalid_grant', 'Mismatched parameter: phone_code');
    const path = '/wxa/business/getuserphonenumber';
    for (const appid of [OTHER_APP_ID, null]) {
      const patch = { phone_info: { watermark: { appid } } };
      service.simulator.wechat.fault({ path, kind: 'merge', patch });
      expect(await answerTo(aFullLogin())).toEqual(expected);
    }
  });
});

describe("WeChat's own trouble", () => {
  const session = '/sns/jscode2session';
  const token = '/cgi-bin/stable_token';
  const phone = '/wxa/business/getuserphonenumber';

  // Each with a mini program of its own: after so many faults and used up quotas, no call of one would be sent.
  beforeEach(freshApp);
  afterAll(() => {
    appId = APP_ID;
  });

  async function freshApp(): Promise<void> {
    appId = `wx${randomBytes(8).toString('hex')}`;
    service.simulator.wechat.addApp({ appid: appId, secret: APP_SECRET, minute_quota_per_user: 0 });
    await service.register({ authSources: [anAuthSource({ app_id: appId })] });
  }

  const unavailable = {
    ...error(503, 'temporarily_unavailable', 'WeChat unavailable'),
    retryAfter: expect.stringMatching(/^[1-5]$/),
  };

  it.each([
    [-1, '1'],
    [45011, '60'],
    [45009, '600'],
  ])('errcode %d: try again after %s s', async (errcode, retryAfter) => {
    const expected = { ...error(503, 'temporarily_unavailable', `WeChat error: ${errcode}`), retryAfter };
    for (const path of [session, phone] as const) {
      await freshApp();
      service.simulator.wechat.fault({ path, kind: 'errcode', errcode });
      expect(await answerTo(aFullLogin())).toEqual(expected);
    }
  });

  it.each([40013, 40125, 41002, 41004, 41008, 40164, 40243, 48001, 50002, 61024, 12345])(
    'errcode %d: our configuration',
    async (errcode) => {
      for (const path of [session, phone] as const) {
        service.simulator.wechat.fault({ path, kind: 'errcode', errcode });
        expect(await answerTo(aFullLogin())).toEqual(error(500, 'server_error', `WeChat error: ${errcode}`));
      }
    },
  );

  it('a wrong app secret is our configuration', async () => {
    await service.register({ authSources: [anAuthSource({ app_id: appId, app_secret: 'wrong' })] });
    expect(await answerTo(aLogin())).toEqual(error(500, 'server_error', 'WeChat error: 40125'));
  });

  it.each(UNUSABLE_ANSWERS)('a call that %s', async (_, fault) => {
    for (const path of [session, phone] as const) {
      service.simulator.wechat.fault({ path, ...fault });
      expect(await answerTo(aFullLogin())).toEqual(unavailable);
    }
  });

  it.each(['openid', 'session_key'])('a session without %s', async (member) => {
    service.simulator.wechat.fault({ path: session, kind: 'merge', patch: { [member]: null } });
    expect(await answerTo(aLogin())).toEqual(unavailable);
  });

  it('a call that is never answered', async () => {
    for (const path of [session, phone] as const) {
      service.simulator.wechat.fault({ path, kind: 'hang' });
      expect(await answerTo(aFullLogin())).toEqual(unavailable);
    }
  });

  it('no app access token is to be had', async () => {
    const { wechat } = service.simulator;
    wechat.fault({ path: token, kind: 'hang' });
    expect(await answerTo(aFullLogin())).toEqual(unavailable);
    wechat.fault({ path: token, kind: 'errcode', errcode: 40243 });
    expect(await answerTo(aFullLogin())).toEqual(error(500, 'server_error', 'WeChat error: 40243'));
    expect((await answerTo(aFullLogin())).status).toBe(200);
  });
});

describe('our own trouble', () => {
  it('is no business of the caller, and ends when the app secret is given anew', async () => {
    const { wechat } = service.simulator;
    const body = aLogin();
    wechat.clearCalls();
    await service.dataSource.query(`UPDATE auth_sources SET app_secret_sealed = 'v1.damaged'`);
    expect(await answerTo(body)).toEqual(error(500, 'server_error', 'Internal server error'));
    expect(wechat.calls()).toEqual([]);
    // The operator gives the secret again.
    await service.register({ authSources: [anAuthSource()] });
    expect((await answerTo(body)).status).toBe(200);
  });
});
