import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { decryptEncryptedData } from '../src/wechat/encrypted-data.js';
import { WechatDataMismatch, WechatDataUndecryptable } from '../src/wechat/wechat.errors.js';
import { connectWechat } from './support/connected-wechat.js';

const app = { appId: 'wx4f4bc4dec97d474b', appSecret: 'simulated-secret' };
const MINUTE = 60_000;

let simulator: RunningSimulator;
let connected: ReturnType<typeof connectWechat>;

beforeEach(async () => {
  simulator = await startSimulator({ apps: [{ appid: app.appId, secret: app.appSecret, unionid: false }] });
  simulator.wechat.addUser({ id: 'ann', phone: { countryCode: '86', purePhoneNumber: '13612345678' } });
  connected = connectWechat(simulator.url);
});

afterEach(async () => {
  await connected.close();
  await simulator.close();
});

const login = () => simulator.wechat.login(app.appId, 'ann');
const phoneCode = () => simulator.wechat.phoneCode(app.appId, 'ann');
const openid = () => simulator.wechat.openid(app.appId, 'ann');
const errcodes = (path: string) => simulator.wechat.calls({ path }).map(({ errcode }) => errcode);
const getPhoneNumber = (code = phoneCode()) => connected.client.getPhoneNumber(app, code, openid());

describe('a login', () => {
  it('gives the session of the user, with the unionid once there is one', async () => {
    const before = await connected.client.code2Session(app, login());
    simulator.wechat.addApp({ appid: app.appId, unionid: true });
    const after = await connected.client.code2Session(app, login());

    const sessionKey = simulator.wechat.sessionKey(app.appId, 'ann');
    expect(before).toEqual({ openid: openid(), sessionKey });
    expect(after).toEqual({
      openid: openid(),
      unionid: simulator.wechat.unionid(app.appId, 'ann'),
      sessionKey,
    });
  });

  it('is refused with a code that was used, has expired, is of another mini program, or of a blocked user', async () => {
    const other = simulator.wechat.addApp();
    const foreign = simulator.wechat.login(other.appid, 'ann');
    const used = login();
    await connected.client.code2Session(app, used);
    await expect(connected.client.code2Session(app, used)).rejects.toMatchObject({
      name: 'WechatCodeRejected',
      errcode: 40163,
    });
    await expect(connected.client.code2Session(app, foreign)).rejects.toMatchObject({ errcode: 40029 });
    const old = login();
    simulator.wechat.clock.advance(5 * MINUTE);
    await expect(connected.client.code2Session(app, old)).rejects.toMatchObject({ errcode: 40029 });
    simulator.wechat.addUser({ id: 'ann', blocked: true });
    await expect(connected.client.code2Session(app, login())).rejects.toMatchObject({
      errcode: 40226,
      rid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/),
    });

    expect(errcodes('/sns/jscode2session')).toEqual([0, 40163, 40029, 40029, 40226]);
  });

  it('is refused for our configuration, which leaves the code unspent', async () => {
    const code = login();

    const wrongSecret = connected.client.code2Session({ ...app, appSecret: 'wrong' }, code);
    await expect(wrongSecret).rejects.toMatchObject({ name: 'WechatMisconfigured', errcode: 40125 });
    const wrongApp = connected.client.code2Session({ ...app, appId: 'wx0000000000000000' }, code);
    await expect(wrongApp).rejects.toMatchObject({ name: 'WechatMisconfigured', errcode: 40013 });
    simulator.wechat.addApp({ appid: app.appId, ip_whitelist: ['203.0.113.7'] });
    await expect(connected.client.code2Session(app, code)).rejects.toMatchObject({
      name: 'WechatMisconfigured',
      errcode: 40164,
      ip: '127.0.0.1',
    });
    simulator.wechat.addApp({ appid: app.appId, ip_whitelist: ['127.0.0.*'] });
    await expect(connected.client.code2Session(app, code)).resolves.toMatchObject({ openid: openid() });
  });

  it('that is reset after its code was spent fails, and is not sent again', async () => {
    simulator.wechat.fault({ path: '/sns/jscode2session', kind: 'reset', spend: true });
    const code = login();

    await expect(connected.client.code2Session(app, code)).rejects.toMatchObject({
      name: 'WechatUnavailable',
    });

    expect(simulator.wechat.calls({ path: '/sns/jscode2session' }).map(({ query }) => query.js_code)).toEqual(
      [code],
    );
  });
});

describe('an encrypted profile', () => {
  it('is decrypted with the session that it was encrypted for', async () => {
    simulator.wechat.addApp({ appid: app.appId, unionid: true });
    const session = await connected.client.code2Session(app, login());
    const decrypted = (['real', 'user_info', 'placeholder'] as const).map((kind) => {
      const { encryptedData, iv } = simulator.wechat.encryptedData(app.appId, 'ann', kind);
      return decryptEncryptedData(session, app.appId, encryptedData, iv);
    });

    const real = {
      nickName: 'Band',
      gender: 1,
      language: 'zh_CN',
      city: 'Guangzhou',
      province: 'Guangdong',
      country: 'CN',
      avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
      isDemote: false,
    };
    expect(decrypted).toEqual([
      real,
      real,
      {
        nickName: '微信用户',
        gender: 0,
        language: '',
        city: '',
        province: '',
        country: '',
        avatarUrl: expect.stringContaining('https://thirdwx.qlogo.cn/'),
        isDemote: true,
      },
    ]);
  });

  it('may hold a raw control character', async () => {
    const session = await connected.client.code2Session(app, login());
    const options = { patch: { nickName: 'a\u0001b' }, raw_control_characters: true };
    const { encryptedData, iv } = simulator.wechat.encryptedData(app.appId, 'ann', 'real', options);

    expect(decryptEncryptedData(session, app.appId, encryptedData, iv)).toMatchObject({ nickName: 'a b' });
  });

  it('cannot be decrypted once the session key has been rotated', async () => {
    simulator.wechat.addApp({ appid: app.appId, session_key_rotation: 'always' });
    const session = await connected.client.code2Session(app, login());
    login();
    const { encryptedData, iv } = simulator.wechat.encryptedData(app.appId, 'ann');

    expect(() => decryptEncryptedData(session, app.appId, encryptedData, iv)).toThrow(
      WechatDataUndecryptable,
    );
  });

  it('of somebody else is a mismatch', async () => {
    const session = await connected.client.code2Session(app, login());
    const foreign = [
      { watermark: { appid: 'wx0' } },
      { watermark: null },
      { openId: 'oOther' },
      { unionId: 'uOther' },
    ];

    for (const patch of foreign) {
      const { encryptedData, iv } = simulator.wechat.encryptedData(app.appId, 'ann', 'user_info', { patch });
      expect(() => decryptEncryptedData(session, app.appId, encryptedData, iv)).toThrow(WechatDataMismatch);
    }
  });
});

describe('a phone number', () => {
  it('is given for its code, and once', async () => {
    const code = phoneCode();

    const found = await getPhoneNumber(code);

    expect(found).toEqual({
      phoneNumber: '13612345678',
      purePhoneNumber: '13612345678',
      countryCode: '86',
      watermark: { appid: app.appId, timestamp: expect.any(Number) },
    });
    await expect(getPhoneNumber(code)).rejects.toMatchObject({ name: 'WechatCodeRejected' });
  });

  it('is not given for the login code, nor to another user', async () => {
    simulator.wechat.addUser({ id: 'bob' });
    const of = simulator.wechat.openid(app.appId, 'bob');

    await expect(getPhoneNumber(login())).rejects.toMatchObject({ errcode: 40029 });
    await expect(connected.client.getPhoneNumber(app, phoneCode(), of)).rejects.toThrow();
  });

  it('has a textual country code, whatever WeChat wrote', async () => {
    const patch = { phone_info: { countryCode: 86, watermark: { timestamp: '1637744274' } } };
    simulator.wechat.fault({ path: '/wxa/business/getuserphonenumber', kind: 'merge', patch });

    expect(await getPhoneNumber()).toMatchObject({ countryCode: '86', watermark: { timestamp: 1637744274 } });
  });
});

describe('the app access token', () => {
  it('is fetched once for many logins at once', async () => {
    await Promise.all(Array.from({ length: 30 }, () => getPhoneNumber()));

    expect(errcodes('/cgi-bin/stable_token')).toEqual([0]);
    expect(errcodes('/wxa/business/getuserphonenumber')).toEqual(Array(30).fill(0));
    expect(simulator.wechat.calls({ path: '/cgi-bin/token' })).toEqual([]);
  });

  it('is renewed when somebody else has replaced it', async () => {
    await getPhoneNumber();
    simulator.wechat.accessTokens.force(simulator.wechat.apps.get(app.appId));
    await getPhoneNumber();

    expect(errcodes('/wxa/business/getuserphonenumber')).toEqual([0, 40001, 0]);
    expect(simulator.wechat.calls({ path: '/cgi-bin/stable_token' }).map(({ body }) => body)).toEqual(
      Array(2).fill({
        grant_type: 'client_credential',
        appid: app.appId,
        secret: app.appSecret,
        force_refresh: false,
      }),
    );
  });

  it('is renewed when WeChat finds it expired', async () => {
    await getPhoneNumber();
    simulator.wechat.clock.advance(120 * MINUTE);
    await getPhoneNumber();

    expect(errcodes('/wxa/business/getuserphonenumber')).toEqual([0, 42001, 0]);
    expect(errcodes('/cgi-bin/stable_token')).toEqual([0, 0]);
  });

  it('is replaced by force when WeChat refuses the one that it hands out', async () => {
    simulator.wechat.fault({ path: '/wxa/business/getuserphonenumber', kind: 'errcode', errcode: 40001 });

    await getPhoneNumber();

    expect(errcodes('/wxa/business/getuserphonenumber')).toEqual([40001, 0]);
    const calls = simulator.wechat.calls({ path: '/cgi-bin/stable_token' });
    expect(calls.map(({ body }) => (body as { force_refresh: boolean }).force_refresh)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('is refused while the secret is frozen', async () => {
    simulator.wechat.addApp({ appid: app.appId, secret_frozen: true });

    await expect(getPhoneNumber()).rejects.toMatchObject({
      name: 'WechatMisconfigured',
      errcode: 40243,
      endpoint: '/cgi-bin/stable_token',
    });
    expect(errcodes('/wxa/business/getuserphonenumber')).toEqual([]);
  });
});
