import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { connectWechat } from './support/connected-wechat.js';
import {
  startScriptedWechat,
  type Answer,
  type ScriptedWechat,
  type ReceivedRequest,
} from './support/scripted-wechat.js';

const app = { appId: 'wx4f4bc4dec97d474b', appSecret: 'MARKED-secret' };
const SECOND = 1000;

const phone = JSON.stringify({
  errcode: 0,
  errmsg: 'ok',
  phone_info: {
    phoneNumber: '136',
    purePhoneNumber: '136',
    countryCode: '86',
    watermark: { appid: app.appId },
  },
});

let now: number;
let wechat: ScriptedWechat;
let connected: ReturnType<typeof connectWechat>;
let stableToken: (request: ReceivedRequest, nth: number) => Answer | Promise<Answer>;
let phoneNumber: (accessToken: string, nth: number) => Answer | Promise<Answer>;

const fetches = () => wechat.requests.filter(({ path }) => path === '/cgi-bin/stable_token');
const phoneCalls = () => wechat.requests.filter(({ path }) => path === '/wxa/business/getuserphonenumber');
const tokensUsed = () => phoneCalls().map(({ query }) => query.access_token);
const forced = () => fetches().map(({ body }) => body?.force_refresh);

const issued = (accessToken: string, expiresIn = 7200) =>
  JSON.stringify({ access_token: accessToken, expires_in: expiresIn });
const refused = (errcode: number) =>
  JSON.stringify({ errcode, errmsg: 'MARKED rid: 652d44d0-1d0af18b-5b069232' });

const getPhoneNumber = (of = app) => connected.client.getPhoneNumber(of, 'MARKED-code', 'MARKED-openid');

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
  return error;
}

beforeEach(async () => {
  now = 1_790_000_000_000;
  stableToken = (_, nth) => issued(`MARKED-${nth}`);
  phoneNumber = () => phone;
  wechat = await startScriptedWechat((request) =>
    request.path === '/cgi-bin/stable_token'
      ? stableToken(request, fetches().length)
      : phoneNumber(request.query.access_token!, phoneCalls().length),
  );
  connected = connectWechat(wechat.url, { now: () => now });
});

afterEach(async () => {
  await connected.close();
  await wechat.close();
});

describe('the app access token', () => {
  it('is fetched once for any number of concurrent callers', async () => {
    await Promise.all(Array.from({ length: 50 }, () => getPhoneNumber()));

    expect(fetches()).toHaveLength(1);
    expect(phoneCalls()).toHaveLength(50);
    expect(new Set(tokensUsed())).toEqual(new Set(['MARKED-1']));
  });

  it('is used until two minutes before its end', async () => {
    await getPhoneNumber();
    now += 7080 * SECOND - 1;
    await getPhoneNumber();
    now += 1;
    await getPhoneNumber();

    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-1', 'MARKED-2']);
    expect(forced()).toEqual([false, false]);
  });

  it.each([
    [300, 180],
    [200, 100],
    [100, 50],
    [1, 0.5],
  ])('that has %d s left is used for %d s', async (expiresIn, usable) => {
    stableToken = (_, nth) => issued(`MARKED-${nth}`, expiresIn);

    await getPhoneNumber();
    now += usable * SECOND - 1;
    await getPhoneNumber();
    now += 1;
    await getPhoneNumber();

    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-1', 'MARKED-2']);
  });

  it('is another one for another mini program', async () => {
    await getPhoneNumber();
    await getPhoneNumber({ ...app, appId: 'wx2' });
    await getPhoneNumber();

    expect(fetches().map(({ body }) => body?.appid)).toEqual([app.appId, 'wx2']);
    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-2', 'MARKED-1']);
  });

  it('is another one when the secret has been rotated', async () => {
    await getPhoneNumber();
    await getPhoneNumber({ ...app, appSecret: 'MARKED-rotated' });

    expect(fetches().map(({ body }) => body?.secret)).toEqual(['MARKED-secret', 'MARKED-rotated']);
    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-2']);
  });
});

describe('a fetch that fails', () => {
  it('fails all who wait for it, and is tried anew by the next', async () => {
    stableToken = (_, nth) => (nth === 1 ? refused(40125) : issued('MARKED'));

    const errors = await Promise.all(Array.from({ length: 5 }, () => thrownBy(getPhoneNumber())));
    await getPhoneNumber();

    expect(errors).toEqual(
      Array(5).fill(expect.objectContaining({ name: 'WechatMisconfigured', errcode: 40125 })),
    );
    expect(fetches()).toHaveLength(2);
    expect(phoneCalls()).toHaveLength(1);
  });

  it('is repeated once after a system error', async () => {
    stableToken = (_, nth) => (nth === 1 ? refused(-1) : issued('MARKED'));

    await getPhoneNumber();

    expect(fetches()).toHaveLength(2);
    expect(phoneCalls()).toHaveLength(1);
  });

  it('is not repeated twice', async () => {
    stableToken = () => refused(-1);

    const error = await thrownBy(getPhoneNumber());

    expect(error).toMatchObject({ name: 'WechatUnavailable', errcode: -1, retryAfter: 1 });
    expect(fetches()).toHaveLength(2);
    expect(phoneCalls()).toEqual([]);
  });

  it.each([45009, 45011, 40013])('is not repeated after %d', async (errcode) => {
    stableToken = () => refused(errcode);

    expect(await thrownBy(getPhoneNumber())).toMatchObject({ errcode });

    expect(fetches()).toHaveLength(1);
  });

  it('is over at the deadline, for whoever joined it and with the repetition in it', async () => {
    const timeoutMs = 1000;
    const impatient = connectWechat(wechat.url, { timeoutMs });
    let begin: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    stableToken = async (_, nth) => {
      begin();
      return nth === 1 ? wait(0.8 * timeoutMs, refused(-1)) : () => undefined;
    };
    const call = () => thrownBy(impatient.client.getPhoneNumber(app, 'MARKED-code', 'MARKED-openid'));

    // Timers of one process go off in the order of their times: a second deadline would end after this one.
    const tooLate = wait(1.4 * timeoutMs, 'too late');
    const first = call();
    await begun;
    const joined = call();
    const [error, sameError] = await Promise.all(
      [first, joined].map((ended) => Promise.race([ended, tooLate])),
    );

    expect(error).toMatchObject({
      message: 'WeChat is unavailable: deadline exceeded at /cgi-bin/stable_token',
    });
    expect(sameError).toBe(error);
    await impatient.close();
  });
});

describe.each([40001, 40014, 42001])('a token that is refused with %d', (errcode) => {
  it('is renewed and the call repeated once', async () => {
    phoneNumber = (accessToken) => (accessToken === 'MARKED-1' ? refused(errcode) : phone);

    await getPhoneNumber();
    await getPhoneNumber();

    expect(forced()).toEqual([false, false]);
    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-2', 'MARKED-2']);
  });

  it('is not renewed again when its successor is refused too', async () => {
    phoneNumber = () => refused(errcode);

    const error = await thrownBy(getPhoneNumber());

    expect(error).toMatchObject({
      name: 'WechatMisconfigured',
      errcode,
      endpoint: '/wxa/business/getuserphonenumber',
    });
    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-2']);
    expect(forced()).toEqual([false, false]);
  });

  it('is replaced by force, once, when WeChat still hands it out', async () => {
    stableToken = ({ body }) => issued(body?.force_refresh ? 'MARKED-forced' : 'MARKED-same');
    phoneNumber = (accessToken) => (accessToken === 'MARKED-same' ? refused(errcode) : phone);

    await getPhoneNumber();

    expect(forced()).toEqual([false, false, true]);
    expect(tokensUsed()).toEqual(['MARKED-same', 'MARKED-forced']);
  });

  it('fails the call when even force brings no other', async () => {
    stableToken = () => issued('MARKED-same');
    phoneNumber = () => refused(errcode);

    const error = await thrownBy(getPhoneNumber());

    expect(error).toMatchObject({ name: 'WechatMisconfigured', errcode });
    expect(forced()).toEqual([false, false, true]);
    expect(tokensUsed()).toEqual(['MARKED-same']);
  });
});

describe('renewal', () => {
  it('happens once for all callers whose token was refused', async () => {
    phoneNumber = (accessToken) => (accessToken === 'MARKED-1' ? refused(42001) : phone);

    await Promise.all(Array.from({ length: 20 }, () => getPhoneNumber()));

    expect(forced()).toEqual([false, false]);
    expect(tokensUsed().filter((accessToken) => accessToken === 'MARKED-2')).toHaveLength(20);
  });

  it('by force happens once for all callers whose token was refused', async () => {
    stableToken = ({ body }) => issued(body?.force_refresh ? 'MARKED-forced' : 'MARKED-same');
    phoneNumber = (accessToken) => (accessToken === 'MARKED-same' ? refused(40001) : phone);

    await Promise.all(Array.from({ length: 20 }, () => getPhoneNumber()));

    expect(forced().filter(Boolean)).toHaveLength(1);
    expect(tokensUsed().filter((accessToken) => accessToken === 'MARKED-forced')).toHaveLength(20);
  });

  it('leaves a newer token alone when an old refusal arrives late', async () => {
    let answerLate: (answer: Answer) => void;
    const late = new Promise<Answer>((resolve) => (answerLate = resolve));
    let arrived: () => void;
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    phoneNumber = (accessToken, nth) => {
      if (nth === 1) arrived();
      if (nth === 1) return late;
      return accessToken === 'MARKED-1' ? refused(40001) : phone;
    };

    const slow = getPhoneNumber();
    await waiting;
    await getPhoneNumber();
    answerLate!(refused(40001));
    await slow;

    expect(fetches()).toHaveLength(2);
    expect(tokensUsed()).toEqual(['MARKED-1', 'MARKED-1', 'MARKED-2', 'MARKED-2']);
  });

  it('by force waits 30 s for its next turn, failing the calls in between', async () => {
    stableToken = () => issued('MARKED-same');
    phoneNumber = () => refused(40001);

    await thrownBy(getPhoneNumber());
    now += 30 * SECOND - 1;
    expect(await thrownBy(getPhoneNumber())).toMatchObject({ name: 'WechatMisconfigured', errcode: 40001 });
    expect(forced().filter(Boolean)).toHaveLength(1);
    now += 1;
    await thrownBy(getPhoneNumber());

    expect(forced().filter(Boolean)).toHaveLength(2);
  });

  it('by force happens at most 20 times a day', async () => {
    stableToken = () => issued('MARKED-same');
    phoneNumber = () => refused(40001);

    for (let turn = 0; turn < 25; turn++) {
      await thrownBy(getPhoneNumber());
      now += 60 * SECOND;
    }

    expect(forced().filter(Boolean)).toHaveLength(20);
  });

  it('by force is not repeated after a system error', async () => {
    stableToken = ({ body }) => (body?.force_refresh ? refused(-1) : issued('MARKED-same'));
    phoneNumber = () => refused(40001);

    const error = await thrownBy(getPhoneNumber());

    expect(error).toMatchObject({
      name: 'WechatUnavailable',
      errcode: -1,
      endpoint: '/cgi-bin/stable_token',
    });
    expect(forced()).toEqual([false, false, true]);
  });
});
