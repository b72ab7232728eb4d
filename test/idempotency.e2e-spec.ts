import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { IdempotentRequest } from '../src/idempotency/idempotent-request.entity.js';
import { IdempotentRequests } from '../src/idempotency/idempotent-requests.service.js';
import { RefreshTokensService } from '../src/tokens/refresh-tokens.service.js';
import { User } from '../src/users/user.entity.js';
import { WechatClient } from '../src/wechat/wechat.client.js';
import { WechatUnavailable } from '../src/wechat/wechat.errors.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import {
  APP_ID,
  APP_SECRET,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';
import { refreshed, withSessions } from './support/sessions.js';
import { startTcpProxy } from './support/tcp-proxy.js';
import { until } from './support/until.js';
import { createTestDatabase, isMysql, type TestDatabase } from './support/test-database.js';

const PHONE_NUMBER = '+8613800138000';

let database: TestDatabase;
let first: RunningService;
let second: RunningService;
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

beforeAll(async () => {
  database = await createTestDatabase({ shared: true });
  first = await startService({ DATABASE_URL: database.url, ENCRYPTION_KEY });
  second = await startService({
    DATABASE_URL: database.url,
    ENCRYPTION_KEY,
    WECHAT_API_BASE_URL: first.simulator.url,
  });
  await first.register({
    applications: [anApplication(withSessions)],
    authSources: [anAuthSource({ attribute_mapping: [{ from: 'phoneNumber', to: 'phone_number' }] })],
  });
  // Both know of it.
  moveClock(5);
  resetClock();
});

beforeEach(() => {
  const { wechat } = first.simulator;
  wechat.reset();
  wechat.addApp({ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 });
  wechat.addUser({ id: 'band' });
});

afterEach(() => {
  jest.restoreAllMocks();
  resetClock();
});

afterAll(async () => {
  await second.close();
  await first.close();
  await database.drop();
});

function aLogin(extra: object = {}): object {
  return { ...loginRequest(first.simulator.wechat.login(APP_ID, 'band')), ...extra };
}

function aLoginWithPhone(): object {
  return aLogin({ getPhoneNumber: true, phone_code: first.simulator.wechat.phoneCode(APP_ID, 'band') });
}

function aKey(): string {
  return randomUUID();
}

async function send(service: RunningService, key: string, body: object) {
  const response = await service.token(body, { 'Idempotency-Key': key });
  return { ...(await seen(response)), retryAfter: response.headers.get('retry-after') };
}

/** Calls of each endpoint that spend something. */
function spent(): number[] {
  const { wechat } = first.simulator;
  return ['/sns/jscode2session', '/wxa/business/getuserphonenumber'].map(
    // A refused app access token spends nothing.
    (path) => wechat.calls({ path }).filter(({ errcode }) => errcode !== 40001).length,
  );
}

function refused(status: number, error: string, error_description: string, retryAfter: string | null = null) {
  return { status, body: { error, error_description }, retryAfter };
}

const UNAVAILABLE = refused(503, 'temporarily_unavailable', 'Service unavailable', '1');

/** How often something was recorded of whoever signed in. */
async function recorded(type: 'login_succeeded' | 'login_failed'): Promise<number> {
  const trail = first.app.get(AuditTrail);
  const { items } = await first.app
    .get(UnitOfWork)
    .read((manager) => trail.list(manager, { type }, { limit: 200 }));
  return items.length;
}

describe('a login with an Idempotency-Key', () => {
  it('is answered alike however often it comes, on any instance, with one WeChat call', async () => {
    const [key, body] = [aKey(), aLoginWithPhone()];
    const logins = await recorded('login_succeeded');
    const answer = await send(first, key, body);
    expect(answer.status).toBe(200);
    expect(await send(first, key, body)).toEqual(answer);
    expect(await send(second, key, body)).toEqual(answer);
    expect(spent()).toEqual([1, 1]);
    expect(await recorded('login_succeeded')).toBe(logins + 1);
    const tokens = answer.body as IssuedTokens;
    expect((await refreshed(second, tokens.refresh_token)).refresh_token).toHaveLength(128);
  });

  it('is the same login in whichever order its parameters come, and as a form', async () => {
    const [key, body] = [aKey(), aLogin()];
    const answer = await send(first, key, body);
    expect(await send(first, key, Object.fromEntries(Object.entries(body).reverse()))).toEqual(answer);
    const form = await first.post('/oauth2/token', body as Record<string, string>, {
      'Idempotency-Key': key,
    });
    expect({ ...(await seen(form)), retryAfter: null }).toEqual(answer);
  });

  it('waits for the one that came first, here and on another instance', async () => {
    const [key, body] = [aKey(), aLogin()];
    first.simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'delay', delay_ms: 400 });
    const answers = await Promise.all(
      [first, second, first, second, first, second].map((each) => send(each, key, body)),
    );
    expect(answers[0]!.status).toBe(200);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(spent()).toEqual([1, 0]);
  });

  it('is refused when the key was used with another request', async () => {
    const [key, body] = [aKey(), aLogin()];
    const answer = await send(first, key, body);
    const reused = refused(422, 'invalid_request', 'Idempotency-Key was used with another request');
    expect(await send(first, key, aLogin())).toEqual(reused);
    expect(await send(second, key, { ...body, scope: 'openid' })).toEqual(reused);
    expect(spent()).toEqual([1, 0]);
    expect(await send(first, key, body)).toEqual(answer);
  });

  it.each(['x'.repeat(15), 'x'.repeat(256), 'with a space in it', 'ümlaut-ümlaut-ümlaut'])(
    'is refused when the key is no key: %.20s',
    async (key) => {
      const invalid = refused(400, 'invalid_request', 'Invalid parameter: Idempotency-Key');
      expect(await send(first, Buffer.from(key).toString('latin1'), aLogin())).toEqual(invalid);
      expect(spent()).toEqual([0, 0]);
    },
  );

  it('knows each application by itself', async () => {
    const key = aKey();
    const other = 'another-mini-program';
    await first.register({
      applications: [anApplication({ ...withSessions, client_id: other })],
      authSources: [anAuthSource({ applications: [CLIENT_ID, other] })],
    });
    const body = aLogin();
    const answer = await send(first, key, body);
    const another = await send(first, key, { ...aLogin(), client_id: other });
    expect([answer.status, another.status]).toEqual([200, 200]);
    expect(another.body).not.toEqual(answer.body);
    expect(await send(first, key, body)).toEqual(answer);
  });

  it('is a login of its own after a minute', async () => {
    stopClock(Date.now());
    const [key, body] = [aKey(), aLogin()];
    const answer = await send(first, key, body);
    moveClock(59);
    expect(await send(first, key, body)).toEqual(answer);
    moveClock(1);
    expect(await send(first, key, body)).toEqual(refused(400, 'invalid_grant', 'WeChat error: 40163'));
    expect(await send(first, key, aLogin())).toEqual(
      refused(422, 'invalid_request', 'Idempotency-Key was used with another request'),
    );
  });

  it('is refused alike, and recorded once, when WeChat refuses it', async () => {
    const [key, body] = [aKey(), aLogin({ js_code: 'unknown' })];
    const failures = await recorded('login_failed');
    const answer = await send(first, key, body);
    expect(answer).toEqual(refused(400, 'invalid_grant', 'WeChat error: 40029'));
    expect(await send(second, key, body)).toEqual(answer);
    expect(spent()).toEqual([1, 0]);
    expect(await recorded('login_failed')).toBe(failures + 1);
  });

  it('does not ask WeChat again when it is not known what became of the code', async () => {
    const [key, body] = [aKey(), aLogin()];
    first.simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'reset', spend: true });
    const answer = await send(first, key, body);
    expect(answer).toMatchObject({ status: 503, body: { error_description: 'WeChat unavailable' } });
    expect(await send(first, key, body)).toEqual(answer);
    expect(await send(second, key, body)).toEqual(answer);
    expect(spent()).toEqual([1, 0]);
  });

  it('is a first attempt again when nothing was sent to WeChat', async () => {
    const [key, body] = [aKey(), aLogin()];
    const unsent = new WechatUnavailable({ retryAfter: 2, sent: false });
    jest.spyOn(first.app.get(WechatClient), 'code2Session').mockRejectedValueOnce(unsent);
    const unavailable = refused(503, 'temporarily_unavailable', 'WeChat unavailable', '2');
    expect(await send(first, key, body)).toEqual(unavailable);
    expect((await send(second, key, body)).status).toBe(200);
  });

  it('is not when the code was used up, and it was the phone number that was not asked for', async () => {
    const [key, body] = [aKey(), aLoginWithPhone()];
    const unsent = new WechatUnavailable({ retryAfter: 2, sent: false });
    jest.spyOn(first.app.get(WechatClient), 'getPhoneNumber').mockRejectedValueOnce(unsent);
    const answer = await send(first, key, body);
    expect(answer).toEqual(refused(503, 'temporarily_unavailable', 'WeChat unavailable', '2'));
    expect(await send(second, key, body)).toEqual(answer);
    expect(spent()).toEqual([1, 0]);
  });

  it('comes to nothing when something is wrong that is found before WeChat is asked', async () => {
    const [key, body] = [aKey(), aLogin()];
    await first.register({ authSources: [anAuthSource({ enabled: false })] });
    expect((await send(first, key, body)).status).toBe(400);
    await first.register({ authSources: [anAuthSource({ enabled: true })] });
    expect((await send(first, key, body)).status).toBe(200);
  });

  it('must still be sent by an application that may', async () => {
    const [key, body] = [aKey(), aLogin()];
    expect((await send(first, key, body)).status).toBe(200);
    await first.register({ applications: [anApplication({ enabled: false })] });
    expect(await send(first, key, body)).toEqual(
      refused(401, 'invalid_client', 'Client authentication failed'),
    );
    await first.register({ applications: [anApplication(withSessions)] });
  });

  it('counts for logins alone', async () => {
    const { body } = (await send(first, aKey(), aLogin())) as { body: IssuedTokens };
    const key = 'short';
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: body.refresh_token };
    expect((await send(first, key, refresh)).status).toBe(200);
  });
});

describe('a login that fails when WeChat has been asked', () => {
  beforeEach(() =>
    first.register({
      authSources: [anAuthSource({ attribute_mapping: [{ from: 'phoneNumber', to: 'phone_number' }] })],
    }),
  );

  it.each([
    ['the same instance', () => first],
    ['another', () => second],
  ])('goes on from there when it is repeated at %s: nothing paid for is lost', async (_, other) => {
    const [key, body] = [aKey(), aLoginWithPhone()];
    const users = await first.dataSource.manager.count(User);
    jest.spyOn(first.app.get(RefreshTokensService), 'open').mockRejectedValueOnce(new Error('a write fails'));
    expect(await send(first, key, body)).toEqual(refused(500, 'server_error', 'Internal server error'));
    const answer = await send(other(), key, body);
    expect(answer.status).toBe(200);
    expect(spent()).toEqual([1, 1]);
    expect(await first.dataSource.manager.countBy(User, { phoneNumber: PHONE_NUMBER })).toBeGreaterThan(0);
    expect(await first.dataSource.manager.count(User)).toBeLessThanOrEqual(users + 1);
    expect(await send(first, key, body)).toEqual(answer);
  });

  it('is not carried on for a user who has been locked', async () => {
    const [key, body] = [aKey(), aLoginWithPhone()];
    expect((await first.login('band')).status).toBe(200);
    jest.spyOn(first.app.get(RefreshTokensService), 'open').mockRejectedValueOnce(new Error('a write fails'));
    expect((await send(first, key, body)).status).toBe(500);
    await first.dataSource.query(`UPDATE users SET status = 'LOCK'`);
    const locked = refused(400, 'invalid_grant', 'Abnormal user status');
    expect(await send(second, key, body)).toEqual(locked);
    await first.dataSource.query(`UPDATE users SET status = 'NORMAL'`);
    expect(await send(second, key, body)).toEqual(locked);
  });

  (isMysql ? it : it.skip)('is kept by the instance while the database is out of reach', async () => {
    const url = new URL(database.url);
    const line = await startTcpProxy(url.hostname, Number(url.port || 3306));
    url.host = `127.0.0.1:${line.port}`;
    const third = await startService({
      DATABASE_URL: url.href,
      ENCRYPTION_KEY,
      WECHAT_API_BASE_URL: first.simulator.url,
    });
    try {
      await third.register({ authSources: [anAuthSource()] });
      const [key, body] = [aKey(), aLoginWithPhone()];
      // From the moment that what WeChat said is to be stored.
      const requests = third.app.get(IdempotentRequests);
      const keepProgress = requests.keepProgress.bind(requests);
      jest.spyOn(requests, 'keepProgress').mockImplementationOnce((...args) => {
        line.cut();
        return keepProgress(...args);
      });
      expect(await send(third, key, body)).toEqual({ ...UNAVAILABLE, retryAfter: '5' });
      line.restore();
      let answer = await send(third, key, body);
      for (let i = 0; i < 20 && answer.status === 503; i++) answer = await send(third, key, body);
      expect(answer.status).toBe(200);
      expect(spent()).toEqual([1, 1]);
      expect(await send(second, key, body)).toEqual(answer);
    } finally {
      await third.close();
      await line.close();
    }
  });
});

describe('an attempt that has died', () => {
  /** As if the instance had died with its attempt, which others learn when the lease is over. */
  async function died(): Promise<void> {
    const manager = first.dataSource.manager;
    await manager.query(`UPDATE idempotent_requests SET owner = 'dead', leased_until = ${Date.now() - 1}`);
  }

  it('is not repeated when it is not known how far it had come', async () => {
    const [key, body] = [aKey(), aLogin()];
    first.simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'delay', delay_ms: 300 });
    const dying = send(first, key, body);
    await until(() => Promise.resolve(spent()[0] === 1));
    await died();
    expect(await send(second, key, body)).toEqual(UNAVAILABLE);
    // It was not dead after all, and it alone knows what WeChat said.
    const answer = await dying;
    expect(answer.status).toBe(200);
    expect(await send(second, key, body)).toEqual(answer);
    expect(spent()).toEqual([1, 0]);
  });

  it('is waited for while it may be alive, and no longer than ten seconds', async () => {
    const [key, body] = [aKey(), aLogin()];
    expect((await send(first, key, body)).status).toBe(200);
    const leased = Date.now() + 3_600_000;
    await first.dataSource.query(
      `UPDATE idempotent_requests SET owner = 'busy', state = 'begun', sealed = NULL, leased_until = ${leased}`,
    );
    let looks = 0;
    const now = performance.now.bind(performance);
    // Each look takes a second.
    const requests = first.app.get(IdempotentRequests);
    const claim = requests.claim.bind(requests);
    jest.spyOn(requests, 'claim').mockImplementation((...args) => (looks++, claim(...args)));
    jest.spyOn(performance, 'now').mockImplementation(() => now() + looks * 1000);
    expect(await send(first, key, body)).toEqual(UNAVAILABLE);
    expect(looks).toBeGreaterThan(5);
  });
});

describe('what is stored', () => {
  it('cannot be read by whoever has the database, and is gone when its time is over', async () => {
    const [key, body] = [aKey(), aLoginWithPhone()];
    const { access_token, refresh_token } = (await send(first, key, body)).body as IssuedTokens;
    const { js_code, phone_code } = body as { js_code: string; phone_code: string };
    const rows: object[] = await first.dataSource.query('SELECT * FROM idempotent_requests');
    const stored = JSON.stringify(rows);
    for (const secret of [key, access_token, refresh_token, js_code, phone_code, PHONE_NUMBER]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret).toString('base64url'));
    }
    stopClock(Date.now());
    moveClock(3600);
    const requests = first.app.get(IdempotentRequests);
    const deleted = await first.app.get(UnitOfWork).run((manager) => requests.deleteBatch(manager, 500));
    expect(deleted).toBe(rows.length);
    expect(await first.dataSource.manager.count(IdempotentRequest)).toBe(0);
  });
});
