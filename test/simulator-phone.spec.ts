import { type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, NOW, OTHER_APPID, OTHER_SECRET, RawWechat, startWithTwoApps } from './support/raw-wechat.js';

const PATH = '/wxa/business/getuserphonenumber';

describe("the simulator's getuserphonenumber", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;
  let token: string;

  beforeAll(async () => {
    simulator = await startWithTwoApps();
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    simulator.wechat.reset();
    simulator.wechat.addUser({ id: 'band', phone: { countryCode: '86', purePhoneNumber: '13612345678' } });
    token = await wechat.accessToken();
  });

  const phoneCode = () => simulator.wechat.phoneCode(APPID, 'band');
  const errcode = async (code: string, body = {}, accessToken = token) =>
    (await wechat.phoneNumber(accessToken, code, body)).json.errcode as number;

  it('gives the number, its country code as text, and a watermark of this moment and app', async () => {
    const { json } = await wechat.phoneNumber(token, phoneCode());
    expect(json).toEqual({
      errcode: 0,
      errmsg: 'ok',
      phone_info: {
        phoneNumber: '13612345678',
        purePhoneNumber: '13612345678',
        countryCode: '86',
        watermark: { timestamp: NOW / 1000, appid: APPID },
      },
    });
  });

  it('puts the country code before a foreign number', async () => {
    simulator.wechat.addUser({ id: 'band', phone: { countryCode: '852', purePhoneNumber: '51234567' } });
    const { json } = await wechat.phoneNumber(token, phoneCode());
    expect(json.phone_info).toEqual({
      phoneNumber: '85251234567',
      purePhoneNumber: '51234567',
      countryCode: '852',
      watermark: { timestamp: NOW / 1000, appid: APPID },
    });
  });

  it('needs neither a login nor a session key of the user', async () => {
    expect(await errcode(phoneCode())).toBe(0);
  });

  it('takes codes of 64 lower hexadecimal digits', () => {
    expect(phoneCode()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a code once', async () => {
    const code = phoneCode();
    expect([await errcode(code), await errcode(code)]).toEqual([0, 40029]);
  });

  it('takes a code for 300 seconds', async () => {
    const [early, late] = [phoneCode(), phoneCode()];
    simulator.wechat.clock.advance(299_999);
    expect(await errcode(early)).toBe(0);
    simulator.wechat.clock.advance(1);
    expect(await errcode(late)).toBe(40029);
  });

  it('refuses a js_code', async () => {
    expect(await errcode(simulator.wechat.login(APPID, 'band'))).toBe(40029);
  });

  it('leaves the code unspent when the access token fails', async () => {
    const code = phoneCode();
    const superseded = token;
    token = await wechat.accessToken({ force_refresh: true });
    expect(await errcode(code, {}, superseded)).toBe(40001);
    expect(await errcode(code, {}, 'garbage')).toBe(40014);
    expect(await errcode(code, {}, '')).toBe(41001);
    expect(await errcode(code)).toBe(0);
  });

  it("answers 40013 when the access token is another app's, and leaves the code unspent", async () => {
    const code = phoneCode();
    const foreign = await wechat.accessToken({ appid: OTHER_APPID, secret: OTHER_SECRET });
    const { json } = await wechat.phoneNumber(foreign, code);
    expect(json).toEqual({
      errcode: 40013,
      errmsg: expect.stringMatching(/^invalid appid hint: \[\w{12}\] rid: /),
    });
    expect(await errcode(code)).toBe(0);
  });

  it('checks the openid when one is sent', async () => {
    const code = phoneCode();
    expect(await errcode(code, { openid: 'oSomebodyElse' })).toBe(40029);
    expect(await errcode(code, { openid: simulator.wechat.openid(APPID, 'band') })).toBe(0);
  });

  it('answers 48001 for an app without the capability', async () => {
    simulator.wechat.addApp({ appid: APPID, phone_number_capability: false });
    expect(await errcode(phoneCode())).toBe(48001);
  });

  it('answers 43002 for a GET, 44002 for an empty body, 47001 for what is no JSON object, 41008 without a code', async () => {
    const query = { access_token: token };
    expect((await wechat.get(PATH, query)).json.errcode).toBe(43002);
    expect((await wechat.post(PATH, '', query)).json.errcode).toBe(44002);
    expect((await wechat.post(PATH, 'code=1', query)).json.errcode).toBe(47001);
    expect((await wechat.post(PATH, '["code"]', query)).json.errcode).toBe(47001);
    expect((await wechat.post(PATH, {}, query)).json.errcode).toBe(41008);
  });

  it('answers 45011 above a minute quota', async () => {
    simulator.wechat.addApp({ appid: APPID, phone_minute_quota: 1 });
    expect([await errcode(phoneCode()), await errcode(phoneCode())]).toEqual([0, 45011]);
  });
});
