import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, OTHER_APPID, OTHER_SECRET, RawWechat, startWithTwoApps } from './support/raw-wechat.js';

const SECONDS = 1000;
const DAY = 86_400 * SECONDS;
/** The errcode of a call whose token is good: it fails on its arguments only. */
const VALID = 40097;

describe("the simulator's access tokens", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startWithTwoApps();
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => simulator.wechat.reset());

  const advance = (seconds: number) => simulator.wechat.clock.advance(seconds * SECONDS);
  const errcodeOf = (token: string) => wechat.errcodeOfToken(token);

  it('are opaque texts of 136 characters that live for 7200 s', async () => {
    for (const { json } of [await wechat.token(), await wechat.stableToken()]) {
      expect(json).toEqual({ access_token: expect.stringMatching(/^.{136}$/), expires_in: 7200 });
      expect(await errcodeOf(json.access_token as string)).toBe(VALID);
    }
  });

  it('answer 41001 when absent, 40014 when malformed, 40001 when unknown, 42001 when expired', async () => {
    const token = await wechat.accessToken();
    expect((await wechat.get('/wxa/checksession')).json.errcode).toBe(41001);
    expect(await errcodeOf('')).toBe(41001);
    expect(await errcodeOf('garbage')).toBe(40014);
    expect(await errcodeOf(`95_${'A'.repeat(133)}`)).toBe(40001);
    advance(7199);
    expect(await errcodeOf(token)).toBe(VALID);
    advance(1);
    expect(await errcodeOf(token)).toBe(42001);
  });

  describe('of GET /cgi-bin/token', () => {
    const issue = async () => (await wechat.token()).json.access_token as string;

    it('are new at each call; the one before still works for five minutes', async () => {
      const first = await issue();
      advance(60);
      const second = await issue();
      expect(second).not.toBe(first);
      advance(299);
      expect([await errcodeOf(first), await errcodeOf(second)]).toEqual([VALID, VALID]);
      advance(1);
      expect([await errcodeOf(first), await errcodeOf(second)]).toEqual([40001, VALID]);
    });

    it('do not live longer by being superseded', async () => {
      const first = await issue();
      advance(7190);
      await issue();
      advance(10);
      expect(await errcodeOf(first)).toBe(42001);
    });

    it('are 45009 above the daily quota, until midnight in Beijing', async () => {
      simulator.wechat.addApp({ appid: APPID, token_daily_quota: 2 });
      await issue();
      await issue();
      expect((await wechat.token()).json).toEqual({
        errcode: 45009,
        errmsg: expect.stringMatching(/^reach max api daily quota limit rid: /),
      });
      // NOW is 06:13:20 in Beijing.
      advance(24 * 3600 - (6 * 3600 + 13 * 60 + 20) - 1);
      expect((await wechat.token()).json.errcode).toBe(45009);
      advance(1);
      expect((await wechat.token()).json.expires_in).toBe(7200);
    });
  });

  describe('of POST /cgi-bin/stable_token', () => {
    it('stay the same while they live, with the seconds that remain', async () => {
      const { json: first } = await wechat.stableToken();
      advance(6900);
      expect((await wechat.stableToken({ force_refresh: false })).json).toEqual({
        access_token: first.access_token,
        expires_in: 300,
      });
    });

    it('are exchanged in their last five minutes, old and new both living for five minutes', async () => {
      const first = await wechat.accessToken();
      advance(6901);
      const { json } = await wechat.stableToken();
      expect(json).toEqual({ access_token: expect.not.stringContaining(first), expires_in: 7200 });
      expect(await wechat.accessToken()).toBe(json.access_token);
      advance(299);
      expect([await errcodeOf(first), await errcodeOf(json.access_token as string)]).toEqual([VALID, VALID]);
      advance(1);
      expect([await errcodeOf(first), await errcodeOf(json.access_token as string)]).toEqual([40001, VALID]);
    });

    it('never have less than 300 s to live when they are handed out', async () => {
      for (let minute = 0; minute < 240; minute++) {
        expect((await wechat.stableToken()).json.expires_in).toBeGreaterThanOrEqual(300);
        advance(61);
      }
    });

    it('are one token for 50 concurrent callers', async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, () => wechat.accessToken()));
      expect(new Set(tokens).size).toBe(1);
    });

    it('die at once when a refresh is forced', async () => {
      const first = await wechat.accessToken();
      const { json } = await wechat.stableToken({ force_refresh: true });
      expect(json).toEqual({ access_token: expect.not.stringContaining(first), expires_in: 7200 });
      expect(await errcodeOf(first)).toBe(40001);
      expect(await wechat.accessToken()).toBe(json.access_token);
    });

    it('are not refreshed by force twice within 30 s', async () => {
      const first = await wechat.accessToken({ force_refresh: true });
      advance(29);
      expect((await wechat.stableToken({ force_refresh: true })).json).toEqual({
        access_token: first,
        expires_in: 7171,
      });
      advance(1);
      expect(await wechat.accessToken({ force_refresh: true })).not.toBe(first);
    });

    it('are refreshed by force 20 times a day, 45009 after that, and in normal mode still', async () => {
      for (let refresh = 0; refresh < 20; refresh++) {
        expect((await wechat.stableToken({ force_refresh: true })).json.expires_in).toBe(7200);
        advance(30);
      }
      expect((await wechat.stableToken({ force_refresh: true })).json.errcode).toBe(45009);
      expect((await wechat.stableToken()).json.expires_in).toBe(7170);
      simulator.wechat.clock.advance(DAY);
      expect((await wechat.stableToken({ force_refresh: true })).json.expires_in).toBe(7200);
    });

    it('are 45011 above the minute quota and 45009 above the daily one', async () => {
      simulator.wechat.addApp({ appid: APPID, stable_token_minute_quota: 1, stable_token_daily_quota: 2 });
      const errcodes = async () => (await wechat.stableToken()).json.errcode as number | undefined;
      expect([await errcodes(), await errcodes()]).toEqual([undefined, 45011]);
      advance(60);
      expect(await errcodes()).toBeUndefined();
      advance(60);
      expect(await errcodes()).toBe(45009);
    });

    it('answer 43002 for a GET, 44002 for an empty body, 47001 for what is no JSON object', async () => {
      const path = '/cgi-bin/stable_token';
      expect((await wechat.get(path, { appid: APPID })).json.errcode).toBe(43002);
      expect((await wechat.post(path, '')).json.errcode).toBe(44002);
      expect((await wechat.post(path, 'appid=1')).json.errcode).toBe(47001);
      expect((await wechat.post(path, '"text"')).json.errcode).toBe(47001);
    });
  });

  it('of the two endpoints do not touch each other', async () => {
    const classic = (await wechat.token()).json.access_token as string;
    const stable = await wechat.accessToken();
    await wechat.stableToken({ force_refresh: true });
    expect([await errcodeOf(classic), await errcodeOf(stable)]).toEqual([VALID, 40001]);
    const current = await wechat.accessToken();
    await wechat.token();
    advance(300);
    expect([await errcodeOf(classic), await errcodeOf(current)]).toEqual([40001, VALID]);
  });

  it('of two apps do not touch each other', async () => {
    const first = await wechat.accessToken();
    await wechat.stableToken({ appid: OTHER_APPID, secret: OTHER_SECRET, force_refresh: true });
    expect(await errcodeOf(first)).toBe(VALID);
  });
});
