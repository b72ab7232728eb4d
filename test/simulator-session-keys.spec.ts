import { createDecipheriv, createHmac } from 'node:crypto';
import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import { type EncryptedData } from '../src/simulator/state/encrypted-data.js';
import { APPID, NOW, OTHER_APPID, RawWechat, startWithTwoApps } from './support/raw-wechat.js';

const profile = {
  nickName: 'Band',
  gender: 1,
  language: 'zh_CN',
  city: 'Guangzhou',
  province: 'Guangdong',
  country: 'CN',
  avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
};
const watermark = { timestamp: NOW / 1000, appid: APPID };

describe("the simulator's session keys", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startWithTwoApps();
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => {
    simulator.wechat.reset();
    simulator.wechat.addUser({ id: 'band' });
  });

  const advance = (seconds: number) => simulator.wechat.clock.advance(seconds * 1000);
  const login = async () =>
    (await wechat.code2Session(simulator.wechat.login(APPID, 'band'))).json.session_key as string;

  describe('at wx.login', () => {
    it('change after a minimum period, not with each login', async () => {
      const first = await login();
      advance(299);
      expect(await login()).toBe(first);
      advance(1);
      expect(await login()).not.toBe(first);
    });

    it('change with each login when told to', async () => {
      simulator.wechat.addApp({ appid: APPID, session_key_rotation: 'always' });
      expect(await login()).not.toBe(await login());
    });

    it('never change when told to, until they expire', async () => {
      simulator.wechat.addApp({ appid: APPID, session_key_rotation: 'never', session_key_ttl: 86_400 });
      const first = await login();
      advance(86_399);
      expect(await login()).toBe(first);
      advance(1);
      expect(await login()).not.toBe(first);
    });

    it('are one per user and app: an older code gives the key of now', async () => {
      simulator.wechat.addApp({ appid: APPID, session_key_rotation: 'always' });
      const older = simulator.wechat.login(APPID, 'band');
      const newest = await login();
      expect((await wechat.code2Session(older)).json.session_key).toBe(newest);
      simulator.wechat.login(OTHER_APPID, 'band');
      expect(simulator.wechat.sessionKey(OTHER_APPID, 'band')).not.toBe(newest);
      expect(simulator.wechat.sessionKey(APPID, 'band')).toBe(newest);
    });
  });

  describe('encrypt', () => {
    it('a real profile without openId and unionId, as wx.getUserProfile gave it', async () => {
      const key = await login();
      const encrypted = simulator.wechat.encryptedData(APPID, 'band', 'real');
      expect(decrypted(key, encrypted)).toEqual({ ...profile, watermark });
    });

    it('the placeholder profile', async () => {
      const key = await login();
      expect(decrypted(key, simulator.wechat.encryptedData(APPID, 'band', 'placeholder'))).toEqual({
        nickName: '微信用户',
        gender: 0,
        language: '',
        city: '',
        province: '',
        country: '',
        avatarUrl: expect.stringMatching(
          /^https:\/\/thirdwx\.qlogo\.cn\/mmopen\/vi_32\/POgEwh4mIHO4.*\/132$/,
        ),
        is_demote: true,
        watermark,
      });
    });

    it('a wx.getUserInfo profile with openId, and with unionId when the app is bound', async () => {
      const key = await login();
      const openId = simulator.wechat.openid(APPID, 'band');
      const unionId = simulator.wechat.unionid(APPID, 'band');
      const bound = simulator.wechat.encryptedData(APPID, 'band', 'user_info');
      expect(decrypted(key, bound)).toEqual({ openId, ...profile, unionId, watermark });
      simulator.wechat.addApp({ appid: APPID, unionid: false });
      const unbound = simulator.wechat.encryptedData(APPID, 'band', 'user_info');
      expect(decrypted(key, unbound)).toEqual({ openId, ...profile, watermark });
    });

    it('with a fresh iv each time', async () => {
      await login();
      const [one, two] = [
        simulator.wechat.encryptedData(APPID, 'band'),
        simulator.wechat.encryptedData(APPID, 'band'),
      ];
      expect(Buffer.from(one.iv, 'base64')).toHaveLength(16);
      expect(one.iv).not.toBe(two.iv);
      expect(one.encryptedData).not.toBe(two.encryptedData);
    });

    it('with the key of that moment, which a later wx.login makes useless', async () => {
      simulator.wechat.addApp({ appid: APPID, session_key_rotation: 'always' });
      const key = await login();
      const encrypted = simulator.wechat.encryptedData(APPID, 'band');
      const laterKey = await login();
      expect(decrypted(key, encrypted)).toEqual({ ...profile, watermark });
      expect(() => decrypted(laterKey, encrypted)).toThrow();
    });

    it('what a test puts into the profile or takes out of it, control characters raw if it likes', async () => {
      const key = await login();
      const patch = {
        nickName: 'a\u0001\n\\n"b',
        watermark: { appid: OTHER_APPID, timestamp: null },
        city: null,
      };
      const wellFormed = simulator.wechat.encryptedData(APPID, 'band', 'real', { patch });
      const { city, ...rest } = profile;
      expect(city).toBe('Guangzhou');
      const expected = { ...rest, nickName: patch.nickName, watermark: { appid: OTHER_APPID } };
      expect(decrypted(key, wellFormed)).toEqual(expected);
      const raw = simulator.wechat.encryptedData(APPID, 'band', 'real', {
        patch,
        raw_control_characters: true,
      });
      const text = plainText(key, raw);
      expect(text).toContain('"a\u0001\n\\\\n\\"b"');
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    });

    it('nothing for a user who has not logged in', () => {
      expect(() => simulator.wechat.encryptedData(APPID, 'band')).toThrow(
        `user: band has not logged in to ${APPID}`,
      );
    });
  });

  describe.each([
    { path: '/wxa/checksession', withoutKey: 87009 },
    { path: '/wxa/resetusersessionkey', withoutKey: 87007 },
  ])('at $path', ({ path, withoutKey }) => {
    let query: Record<string, string>;

    beforeEach(async () => {
      query = {
        access_token: await wechat.accessToken(),
        openid: simulator.wechat.openid(APPID, 'band'),
        signature: signature(await login()),
        sig_method: 'hmac_sha256',
      };
    });
    const errcode = async (overrides: Record<string, string> = {}) =>
      (await wechat.get(path, { ...query, ...overrides })).json.errcode as number;

    it('are recognised by a signature over the empty text', async () => {
      expect(await errcode()).toBe(0);
    });

    it('are not recognised by another signature: 87009', async () => {
      expect(await errcode({ signature: signature('another key') })).toBe(87009);
    });

    it('need a known signature method: 87008', async () => {
      expect(await errcode({ sig_method: 'md5' })).toBe(87008);
    });

    it('need all arguments: 40097', async () => {
      expect([await errcode({ openid: '' }), await errcode({ signature: '' })]).toEqual([40097, 40097]);
    });

    it(`are missing for a stranger, and for a user whose key has expired: ${withoutKey}`, async () => {
      expect(await errcode({ openid: 'oStranger' })).toBe(withoutKey);
      advance(3 * 24 * 3600);
      expect(await errcode({ access_token: await wechat.accessToken() })).toBe(withoutKey);
    });

    it('need an access token: 41001', async () => {
      expect(await errcode({ access_token: '' })).toBe(41001);
    });
  });

  it('answer checksession with nothing but errcode and errmsg', async () => {
    const { json } = await wechat.get('/wxa/checksession', await sessionQuery());
    expect(json).toEqual({ errcode: 0, errmsg: 'ok' });
  });

  it('are replaced by resetusersessionkey, which voids the old key and keeps its expiry', async () => {
    const query = await sessionQuery();
    advance(3600);
    const { json } = await wechat.get('/wxa/resetusersessionkey', query);
    expect(json).toEqual({
      errcode: 0,
      errmsg: 'ok',
      openid: query.openid,
      session_key: simulator.wechat.sessionKey(APPID, 'band'),
    });
    expect((await wechat.get('/wxa/checksession', query)).json.errcode).toBe(87009);
    const renewed = { ...query, signature: signature(json.session_key as string) };
    expect((await wechat.get('/wxa/checksession', renewed)).json.errcode).toBe(0);
    advance(3 * 24 * 3600 - 3600);
    const late = { ...renewed, access_token: await wechat.accessToken() };
    expect((await wechat.get('/wxa/checksession', late)).json.errcode).toBe(87009);
  });

  it('are reset so many times a minute for one app: 45011', async () => {
    simulator.wechat.addApp({ appid: APPID, reset_session_key_minute_quota: 1 });
    const query = await sessionQuery();
    const first = (await wechat.get('/wxa/resetusersessionkey', query)).json.session_key as string;
    const again = { ...query, signature: signature(first) };
    expect((await wechat.get('/wxa/resetusersessionkey', again)).json.errcode).toBe(45011);
    advance(60);
    expect((await wechat.get('/wxa/resetusersessionkey', again)).json.errcode).toBe(0);
  });

  async function sessionQuery(): Promise<Record<string, string>> {
    return {
      access_token: await wechat.accessToken(),
      openid: simulator.wechat.openid(APPID, 'band'),
      signature: signature(await login()),
      sig_method: 'hmac_sha256',
    };
  }
});

/** Keyed with the base64 text itself, not with the bytes it stands for. */
function signature(sessionKey: string): string {
  return createHmac('sha256', sessionKey).update('').digest('hex');
}

function plainText(sessionKey: string, { encryptedData, iv }: EncryptedData): string {
  const key = Buffer.from(sessionKey, 'base64');
  const decipher = createDecipheriv('aes-128-cbc', key, Buffer.from(iv, 'base64'));
  return decipher.update(encryptedData, 'base64', 'utf8') + decipher.final('utf8');
}

function decrypted(sessionKey: string, encrypted: EncryptedData): unknown {
  return JSON.parse(plainText(sessionKey, encrypted));
}
