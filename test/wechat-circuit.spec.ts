import { type ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { type WechatUnavailable } from '../src/wechat/wechat.errors.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { connectWechat } from './support/connected-wechat.js';
import { startScriptedWechat, type Answer, type ScriptedWechat } from './support/scripted-wechat.js';
import { until } from './support/until.js';

const NOW = 1_790_000_000_000;
const SESSION = '/sns/jscode2session';
const TOKEN = '/cgi-bin/stable_token';
const PHONE = '/wxa/business/getuserphonenumber';
const app = { appId: 'wx4f4bc4dec97d474b', appSecret: 'secret' };
const otherApp = { ...app, appId: 'wx0000000000000001' };

const session = JSON.stringify({ session_key: 'tiihtNczf5v6AKRyjwEUhQ==', openid: 'o1' });
const refusing = (errcode: number) => JSON.stringify({ errcode, errmsg: 'no' });
const resetting: Answer = (response) => void response.socket!.resetAndDestroy();
const faults: Record<string, Answer> = {
  'a reset connection': resetting,
  'HTTP status 500': (response) => void response.writeHead(500).end(session),
  'HTTP status 404': (response) => void response.writeHead(404).end(session),
  'a redirect': (response) => void response.writeHead(302, { location: '/' }).end(session),
  'no JSON': '<html></html>',
  'no openid': '{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}',
  'a reply that is too large': session.padEnd(256 * 1024 + 1),
};

let wechat: ScriptedWechat;
let connected: ReturnType<typeof connectWechat>;
let answers: Record<string, Answer>;
/** Requests that are not answered yet, oldest first. */
let held: ServerResponse[];
let sentCodes: string[];

const holding: Answer = (response) => void held.push(response);
const eventually = (condition: () => boolean) => until(() => Promise.resolve(condition()));
const heldCalls = (count: number) => eventually(() => held.length === count);
const releasing = (count: number): void => {
  for (const response of held.splice(0, count)) response.end(session);
};
const resetHeld = (count: number): void => {
  for (const { socket } of held.splice(0, count)) socket!.resetAndDestroy();
};

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(async () => {
  stopClock(NOW);
  held = [];
  sentCodes = [];
  answers = {
    [SESSION]: session,
    [TOKEN]: JSON.stringify({ access_token: 'token', expires_in: 7200 }),
    [PHONE]: JSON.stringify({
      errcode: 0,
      phone_info: { phoneNumber: '136', purePhoneNumber: '136', countryCode: '86', watermark: {} },
    }),
  };
  wechat = await startScriptedWechat(({ path, query }) => {
    if (query.js_code !== undefined) sentCodes.push(query.js_code);
    return answers[path]!;
  });
  connected = connectWechat(wechat.url, { timeoutMs: 60_000, now: () => NOW });
});

afterEach(async () => {
  resetClock();
  await connected.close();
  await wechat.close();
});

const login = (code = 'code', of = app) => connected.client.code2Session(of, code);
const phoneNumber = (of = app) => connected.client.getPhoneNumber(of, 'code', 'o1');
const paths = () => wechat.requests.map(({ path }) => path);

/** Answers whatever is held until all calls have ended. */
async function answeringAll<Value>(calls: Promise<Value>[]): Promise<Value[]> {
  const ended = Promise.all(calls);
  const answering = setInterval(() => releasing(held.length), 1);
  await ended.finally(() => clearInterval(answering));
  return ended;
}

/** How a call ended: `ok`, or the error that it ended with. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'ok',
    (error: unknown) => error,
  );
}

async function logins(count: number, answer: Answer, of = app): Promise<void> {
  answers[SESSION] = answer;
  for (let nth = 0; nth < count; nth++) await outcome(login('code', of));
}

/** The values of a metric by its labels; of a histogram, how often. */
async function measured(name: string): Promise<Record<string, number>> {
  const metric = (await connected.registry.getMetricsAsJSON()).find((each) => each.name === name)!;
  const values = metric.values as {
    metricName?: string;
    labels: Record<string, string>;
    value: number;
  }[];
  return Object.fromEntries(
    values
      .filter(({ metricName = '' }) => !/_(bucket|sum)$/.test(metricName))
      .map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
}

function refusal(why: string): Record<string, unknown> {
  return expect.objectContaining({
    name: 'WechatUnavailable',
    message: `WeChat is unavailable: ${why} at ${SESSION}`,
    errcode: undefined,
    endpoint: SESSION,
    sent: false,
    retryAfter: expect.any(Number) as number,
  }) as Record<string, unknown>;
}
const open = refusal('circuit breaker open');
const crowded = refusal('too many calls at once');

describe('calls at once', () => {
  it('are 100 for a mini program; 200 more wait, and what is more is refused unsent', async () => {
    answers[SESSION] = holding;
    const outcomes: unknown[] = [];
    const calls = Array.from({ length: 301 }, (_, nth) =>
      outcome(login(`code-${nth}`)).then((how) => outcomes.push(how)),
    );
    await eventually(() => outcomes.length === 1);
    expect(outcomes).toEqual([crowded]);
    await heldCalls(100);

    let most = 0;
    while (sentCodes.length < 300 || held.length > 0) {
      most = Math.max(most, held.length);
      releasing(7);
      await new Promise(setImmediate);
    }
    await Promise.all(calls);

    expect(most).toBe(100);
    expect(outcomes.slice(1)).toEqual(Array(300).fill('ok'));
    expect(sentCodes.sort()).toEqual(Array.from({ length: 300 }, (_, nth) => `code-${nth}`).sort());
    expect(await measured('ciam_wechat_refused_total')).toEqual({ [`${app.appId} bulkhead`]: 1 });
  });

  it('of a mini program leave those of another alone', async () => {
    answers[SESSION] = holding;
    const calls = Array.from({ length: 100 }, () => login());
    await heldCalls(100);
    answers[SESSION] = session;

    await login('code', otherApp);

    releasing(100);
    await Promise.all(calls);
  });

  it('that have waited for half of the deadline are refused unsent, and those behind them are not', async () => {
    const impatient = connectWechat(wechat.url, { timeoutMs: 4000 });
    answers[SESSION] = holding;
    const ended: string[] = [];
    const calls = Array.from({ length: 100 }, (_, nth) =>
      outcome(impatient.client.code2Session(app, `code-${nth}`)).then(() => ended.push('under way')),
    );

    expect(await outcome(impatient.client.code2Session(app, 'late'))).toEqual(crowded);

    expect(ended).toEqual([]);
    const next = outcome(impatient.client.code2Session(app, 'next'));
    answers[SESSION] = session;
    resetHeld(1);
    expect(await next).toBe('ok');
    await heldCalls(99);
    resetHeld(99);
    await Promise.all(calls);
    expect(sentCodes).not.toContain('late');
    await impatient.close();
  });
});

describe('the circuit breaker', () => {
  it.each(Object.keys(faults))('opens when half of 20 calls end with %s', async (fault) => {
    await logins(10, session);
    await logins(9, faults[fault]!);
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 0 });
    await logins(1, faults[fault]!);
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 2 });

    const error = await outcome(login());

    expect(error).toEqual(open);
    expect((error as WechatUnavailable).retryAfter).toBe(5);
    expect(wechat.requests).toHaveLength(20);
    expect(await measured('ciam_wechat_refused_total')).toEqual({ [`${app.appId} breaker`]: 1 });
  });

  it('opens when WeChat lets half of 20 calls pass their deadline', async () => {
    const impatient = connectWechat(wechat.url, { timeoutMs: 300 });
    answers[SESSION] = () => undefined;
    await Promise.all(Array.from({ length: 20 }, () => outcome(impatient.client.code2Session(app, 'code'))));

    expect(await outcome(impatient.client.code2Session(app, 'late'))).toEqual(open);
    expect(sentCodes).not.toContain('late');
    await impatient.close();
  });

  it('opens when nobody listens', async () => {
    await wechat.close();
    await logins(20, session);

    expect(await outcome(login())).toEqual(open);
  });

  it('looks back on 10 seconds', async () => {
    await logins(19, resetting);
    moveClock(10);
    await logins(19, resetting);
    expect(wechat.requests).toHaveLength(38);

    moveClock(9);
    await logins(1, resetting);

    expect(await outcome(login())).toEqual(open);
    expect(wechat.requests).toHaveLength(39);
  });

  it.each([-1, 40029, 40163, 40226, 40125, 40164, 45011, 12345])(
    'takes errcode %d for a sign of life',
    async (errcode) => {
      await logins(30, refusing(errcode));
      await logins(29, resetting);
      expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 0 });
      await logins(1, resetting);
      expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 2 });
    },
  );

  it('is one for each mini program', async () => {
    await logins(20, resetting);
    answers[SESSION] = session;

    expect(await outcome(login())).toEqual(open);
    expect(await outcome(login('code', otherApp))).toBe('ok');
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 2, [otherApp.appId]: 0 });
  });

  it('is one for all endpoints', async () => {
    await logins(20, resetting);

    expect(await outcome(phoneNumber())).toMatchObject({ message: expect.stringContaining('breaker open') });
    expect(paths()).toEqual(Array(20).fill(SESSION));
  });

  it('lets one call through after 5 s, refuses the others meanwhile, and closes when it is answered', async () => {
    await logins(20, resetting);
    answers[SESSION] = holding;
    moveClock(4.999);
    expect(await outcome(login('early'))).toEqual(open);
    moveClock(0.001);

    const probe = login('probe');
    const meanwhile = await Promise.all(Array.from({ length: 10 }, () => outcome(login('meanwhile'))));

    expect(meanwhile).toEqual(Array(10).fill(open));
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 1 });
    await heldCalls(1);
    releasing(1);
    await probe;
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 0 });
    answers[SESSION] = session;
    expect(await outcome(login('after'))).toBe('ok');
    expect(sentCodes.slice(20)).toEqual(['probe', 'after']);
  });

  it.each([40029, -1, 40125])('closes when the probe is refused with errcode %d', async (errcode) => {
    await logins(20, resetting);
    moveClock(5);
    await logins(1, refusing(errcode));

    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 0 });
  });

  it('stays open for 5 s more when the probe fails, and begins to count anew once it is closed', async () => {
    await logins(20, resetting);
    moveClock(5);
    await logins(1, resetting);
    expect(await outcome(login('early'))).toEqual(open);
    moveClock(5);
    await logins(1, session);
    await logins(18, resetting);
    expect(await measured('ciam_wechat_breaker_state')).toEqual({ [app.appId]: 0 });
    await logins(1, resetting);

    expect(await outcome(login('late'))).toEqual(open);
    expect(sentCodes).toEqual(Array(41).fill('code'));
  });

  it('is not opened again by calls that were under way when it opened', async () => {
    answers[SESSION] = holding;
    const calls = Array.from({ length: 60 }, () => outcome(login()));
    await heldCalls(60);
    resetHeld(20);
    await until(async () => (await measured('ciam_wechat_breaker_state'))[app.appId] === 2);
    moveClock(5);
    answers[SESSION] = session;
    expect(await outcome(login('probe'))).toBe('ok');
    resetHeld(40);
    await Promise.all(calls);

    expect(await outcome(login('after'))).toBe('ok');
  });

  it('refuses the calls that wait for their turn when it opens', async () => {
    answers[SESSION] = holding;
    const calls = Array.from({ length: 100 }, () => outcome(login()));
    const waiting = Array.from({ length: 50 }, () => outcome(login('waiting')));
    await heldCalls(100);
    resetHeld(100);
    await Promise.all(calls);

    // Before it opened, each call that had ended made room for one.
    const how = await answeringAll(waiting);
    const sent = sentCodes.filter((code) => code === 'waiting').length;
    expect(how.slice(0, sent)).toEqual(Array(sent).fill('ok'));
    expect(how.slice(sent)).toEqual(Array(50 - sent).fill(open));
    expect(sent).toBeLessThan(50);
  });
});

describe('a quota that is used up', () => {
  const quotaOf = (errcode: number, retryAfter: number, sent: boolean, endpoint: string) =>
    expect.objectContaining({ name: 'WechatUnavailable', errcode, retryAfter, sent, endpoint }) as object;

  it('of a day: logins are refused unsent for 600 s', async () => {
    answers[SESSION] = refusing(45009);
    expect(await outcome(login())).toEqual(quotaOf(45009, 600, true, SESSION));
    answers[SESSION] = session;
    expect(await outcome(login())).toEqual(quotaOf(45009, 600, false, SESSION));
    moveClock(0.001);
    expect(await outcome(login())).toEqual(quotaOf(45009, 600, false, SESSION));
    moveClock(599.998);
    expect(await outcome(login())).toEqual(quotaOf(45009, 1, false, SESSION));
    expect(wechat.requests).toHaveLength(1);
    expect(await measured('ciam_wechat_refused_total')).toEqual({ [`${app.appId} quota`]: 3 });
    expect(await outcome(login('code', otherApp))).toBe('ok');
    moveClock(0.001);

    expect(await outcome(login())).toBe('ok');
  });

  it("of a minute: another user's login is sent, for it is the quota of one user", async () => {
    answers[SESSION] = refusing(45011);
    expect(await outcome(login())).toEqual(quotaOf(45011, 60, true, SESSION));
    answers[SESSION] = session;

    expect(await outcome(login())).toBe('ok');
  });

  it.each([
    [45009, 600],
    [45011, 60],
  ])('of phone numbers (%d): none is asked for in %d s, and logins go on', async (errcode, seconds) => {
    answers[PHONE] = refusing(errcode);
    expect(await outcome(phoneNumber())).toEqual(quotaOf(errcode, seconds, true, PHONE));
    delete answers[PHONE];
    moveClock(seconds - 0.001);
    expect(await outcome(phoneNumber())).toEqual(quotaOf(errcode, 1, false, PHONE));
    expect(() => connected.client.admitPhoneNumber(app)).toThrow(`errcode ${errcode}, not asked again yet`);
    expect(await outcome(login())).toBe('ok');
    expect(paths()).toEqual([TOKEN, PHONE, SESSION]);
    moveClock(0.001);

    expect(() => connected.client.admitPhoneNumber(app)).not.toThrow();
  });

  it.each([
    [45009, 600],
    [45011, 60],
  ])('of access tokens (%d): none is asked for in %d s', async (errcode, seconds) => {
    const token = answers[TOKEN]!;
    answers[TOKEN] = refusing(errcode);
    expect(await outcome(phoneNumber())).toEqual(quotaOf(errcode, seconds, true, TOKEN));
    answers[TOKEN] = token;
    moveClock(seconds - 0.001);
    expect(await outcome(phoneNumber())).toEqual(quotaOf(errcode, 1, false, TOKEN));
    expect(paths()).toEqual([TOKEN]);
    moveClock(0.001);

    expect(await outcome(phoneNumber())).toBe('ok');
  });

  it('for longer counts, when two calls were under way', async () => {
    answers[PHONE] = holding;
    const calls = [outcome(phoneNumber()), outcome(phoneNumber())];
    await heldCalls(2);
    for (const errcode of [45009, 45011]) {
      held.shift()!.end(refusing(errcode));
      await Promise.race(calls);
    }
    await Promise.all(calls);
    moveClock(60);

    expect(await outcome(phoneNumber())).toEqual(quotaOf(45009, 540, false, PHONE));
  });
});

describe('whether a call was sent', () => {
  const sentOf = async (url: string, timeoutMs: number) => {
    const other = connectWechat(url, { timeoutMs });
    const error = await outcome(other.client.code2Session(app, 'code'));
    await other.close();
    return (error as WechatUnavailable).sent;
  };

  it.each([
    ['is reset', resetting],
    ['is never answered', () => undefined],
    ['is refused', refusing(-1)],
    ['is answered with nothing', ''],
    ['is answered by a gateway', faults['HTTP status 500']!],
  ] as [string, Answer][])('it may have been when it %s', async (_, answer) => {
    answers[SESSION] = answer;
    expect(await sentOf(wechat.url, 500)).toBe(true);
    expect(sentCodes).toEqual(['code']);
  });

  it('it was not when its connection is never secured', async () => {
    expect(await sentOf(wechat.url.replace('http', 'https'), 500)).toBe(false);
  });

  it('it was not when the host is unknown, or nobody listens', async () => {
    expect(await sentOf('http://wechat.invalid', 10_000)).toBe(false);
    await wechat.close();
    expect(await sentOf(wechat.url, 10_000)).toBe(false);
  });
});

it('requests are measured by endpoint and outcome, and errcodes counted', async () => {
  await logins(2, session);
  for (const errcode of [40029, 40125, -1, 45011, 123456]) await logins(1, refusing(errcode));
  await logins(1, resetting);
  await logins(1, '<html>');
  await phoneNumber();

  expect(await measured('ciam_wechat_errcodes_total')).toEqual({
    [`${SESSION} 40029`]: 1,
    [`${SESSION} 40125`]: 1,
    [`${SESSION} -1`]: 1,
    [`${SESSION} 45011`]: 1,
    [`${SESSION} other`]: 1,
  });
  expect(await measured('ciam_wechat_request_duration_seconds')).toEqual({
    [`${SESSION} ok`]: 2,
    [`${SESSION} code_rejected`]: 1,
    [`${SESSION} misconfigured`]: 2,
    [`${SESSION} busy`]: 1,
    [`${SESSION} quota`]: 1,
    [`${SESSION} unreachable`]: 1,
    [`${SESSION} unusable`]: 1,
    [`${TOKEN} ok`]: 1,
    [`${PHONE} ok`]: 1,
  });
});
