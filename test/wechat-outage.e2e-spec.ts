import { MetricsRegistry } from '../src/metrics/metrics-registry.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { APP_ID, CLIENT_ID, loginRequest } from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';
import { RESOURCE_SERVER, introspected, refreshed, registerSessions } from './support/sessions.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';
import { until } from './support/until.js';

const SESSION = '/sns/jscode2session';
const PHONE = '/wxa/business/getuserphonenumber';
/** Calls of a mini program at once, and those that wait. */
const [CONCURRENT, WAITING] = [100, 200];

let proxy: TcpProxy;
let service: RunningService;

/** The line to WeChat can be cut, which ends at once whatever hangs; its deadline is out of the way. */
beforeAll(async () => {
  stopClock(Date.now());
  proxy = await startTcpProxy('127.0.0.1', () => Number(new URL(service.simulator.url).port));
  service = await startService({
    WECHAT_API_BASE_URL: `http://127.0.0.1:${proxy.port}`,
    WECHAT_TIMEOUT_MS: '60000',
  });
  await registerSessions(service);
  const phone = { countryCode: '86', purePhoneNumber: '13612345678' };
  service.simulator.wechat.addUser({ id: 'band', phone });
});

afterAll(async () => {
  resetClock();
  await service.close();
  await proxy.close();
});

beforeEach(() => service.simulator.wechat.clearCalls());

afterEach(() => {
  const codes = sentCodes();
  expect(codes).toEqual([...new Set(codes)]);
  proxy.restore();
  service.simulator.wechat.clearFaults();
});

const freshCode = () => service.simulator.wechat.login(APP_ID, 'band');
const sentCodes = () => service.simulator.wechat.calls({ path: SESSION }).map(({ query }) => query.js_code);
const login = (jsCode = freshCode(), extra: object = {}) =>
  service.token({ ...loginRequest(jsCode), ...extra }).then(answer);

async function answer(response: Response) {
  const retryAfter = response.headers.get('retry-after');
  return { ...(await seen(response)), ...(retryAfter === null ? {} : { retryAfter }) };
}

function unavailable(
  description = 'WeChat unavailable',
  retryAfter: unknown = expect.stringMatching(/^[1-5]$/),
) {
  const body = { error: 'temporarily_unavailable', error_description: description };
  return { status: 503, body, retryAfter };
}

async function breakerState(): Promise<number> {
  const metrics = await service.app.get(MetricsRegistry).getMetricsAsJSON();
  const { values } = metrics.find(({ name }) => name === 'ciam_wechat_breaker_state')!;
  return values.find(({ labels }) => labels.app_id === APP_ID)!.value;
}

/** As many failing logins as open the circuit. */
async function openCircuit(): Promise<void> {
  service.simulator.wechat.fault({ path: SESSION, kind: 'raw', status: 502, times: 'always' });
  for (let nth = 0; nth < 20; nth++) expect(await login()).toEqual(unavailable());
  service.simulator.wechat.clearFaults();
  service.simulator.wechat.clearCalls();
  expect(await breakerState()).toBe(2);
}

/** Lets the probe through. */
async function closeCircuit(): Promise<void> {
  moveClock(5);
  expect(await login()).toMatchObject({ status: 200 });
}

it('while WeChat hangs, whatever does not need it is answered, and only so many logins wait for it', async () => {
  const tokens = await service.loginAs('band');
  const { wechat } = service.simulator;
  wechat.clearCalls();
  wechat.fault({ path: SESSION, kind: 'hang', times: 'always' });
  const ended: unknown[] = [];
  const logins = Array.from({ length: CONCURRENT + WAITING + 1 }, () =>
    login().then((how) => ended.push(how)),
  );
  // The one that finds no room even to wait says that all the others have.
  await until(() => Promise.resolve(ended.length === 1 && sentCodes().length === CONCURRENT));

  const bearer = { headers: { Authorization: `Bearer ${tokens.access_token}` } };
  expect(await introspected(service, tokens.access_token)).toMatchObject({ active: true });
  expect((await fetch(`${service.url}/userinfo`, bearer)).status).toBe(200);
  const renewed = await refreshed(service, tokens.refresh_token);
  expect(renewed).toEqual({
    ...tokens,
    access_token: expect.any(String),
    id_token: expect.any(String),
    refresh_token: expect.any(String),
  });
  const revocation = { client_id: CLIENT_ID, token: renewed.refresh_token };
  expect((await service.post('/oauth2/revoke', revocation)).status).toBe(200);
  for (const path of ['/oauth2/jwks', '/health/live', '/health/ready', '/.well-known/openid-configuration']) {
    expect((await fetch(service.url + path)).status).toBe(200);
  }
  const ownToken = await service.token({ grant_type: 'client_credentials', ...RESOURCE_SERVER });
  expect(ownToken.status).toBe(200);

  expect(ended).toEqual([unavailable()]);
  expect(sentCodes()).toHaveLength(CONCURRENT);

  proxy.cut();
  await Promise.all(logins);
  expect(ended).toEqual(logins.map(() => unavailable()));
  expect(await breakerState()).toBe(2);
  proxy.restore();
  wechat.clearFaults();
  await closeCircuit();
});

it('while the circuit is open nothing is sent; the codes are unspent, and log in once WeChat answers', async () => {
  await openCircuit();
  const codes = Array.from({ length: 10 }, freshCode);

  expect(await Promise.all(codes.map((code) => login(code)))).toEqual(codes.map(() => unavailable()));
  moveClock(4.999);
  expect(await login(codes[0])).toEqual(unavailable());
  expect(service.simulator.wechat.calls()).toEqual([]);

  moveClock(0.001);
  const answers = [];
  for (const code of codes) answers.push(await login(code));
  expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
  expect(sentCodes()).toEqual(codes);
  expect(await breakerState()).toBe(0);
});

it('one login at a time probes whether WeChat is back', async () => {
  await openCircuit();
  const { wechat } = service.simulator;
  moveClock(5);
  wechat.fault({ path: SESSION, kind: 'hang' });
  const probe = login();
  await until(() => Promise.resolve(sentCodes().length === 1));

  expect(await breakerState()).toBe(1);
  const meanwhile = await Promise.all(Array.from({ length: 10 }, () => login()));
  expect(meanwhile).toEqual(meanwhile.map(() => unavailable()));
  proxy.cut();
  expect(await probe).toEqual(unavailable());
  proxy.restore();
  // It failed, so the circuit is open for as long again.
  moveClock(4.999);
  expect(await login()).toEqual(unavailable());
  expect(sentCodes()).toHaveLength(1);
  moveClock(0.001);

  expect(await login()).toMatchObject({ status: 200 });
  expect(await breakerState()).toBe(0);
});

it('after the daily quota of logins is used up, none is tried for 600 s', async () => {
  const { wechat } = service.simulator;
  wechat.fault({ path: SESSION, kind: 'errcode', errcode: 45009 });
  expect(await login()).toEqual(unavailable('WeChat error: 45009', '600'));
  expect(await login()).toEqual(unavailable('WeChat error: 45009', '600'));
  moveClock(500);
  const unspent = freshCode();
  expect(await login(unspent)).toEqual(unavailable('WeChat error: 45009', '100'));
  expect(sentCodes()).toHaveLength(1);
  moveClock(100);

  expect(await login(unspent)).toMatchObject({ status: 200 });
});

it('after the minute quota of one user is used up, others log in', async () => {
  service.simulator.wechat.fault({ path: SESSION, kind: 'errcode', errcode: 45011 });

  expect(await login()).toEqual(unavailable('WeChat error: 45011', '60'));
  expect(await login()).toMatchObject({ status: 200 });
});

it('after the minute quota of phone numbers is used up, a login that wants one spends no code for 60 s', async () => {
  const { wechat } = service.simulator;
  const wanting = () => ({ getPhoneNumber: true, phone_code: wechat.phoneCode(APP_ID, 'band') });
  wechat.fault({ path: PHONE, kind: 'errcode', errcode: 45011 });
  expect(await login(freshCode(), wanting())).toEqual(unavailable('WeChat error: 45011', '60'));
  const [code, extra] = [freshCode(), wanting()];

  expect(await login(code, extra)).toEqual(unavailable('WeChat error: 45011', '60'));
  expect(await login()).toMatchObject({ status: 200 });
  expect(sentCodes()).toHaveLength(2);
  moveClock(60);
  expect(await login(code, extra)).toMatchObject({ status: 200 });
});
