import { endpointPaths } from '../src/simulator/endpoints/endpoint-paths.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { APPID, NOW, RawWechat, RID, SECRET } from './support/raw-wechat.js';

/** The texts that WeChat documents, or has been seen to send. */
const TEXTS: [number, string][] = [
  [-1, 'system error'],
  [40002, 'invalid grant_type'],
  [40003, 'invalid openid'],
  [40013, 'invalid appid'],
  [40014, 'invalid access_token'],
  [40029, 'invalid code'],
  [40030, 'invalid refresh_token'],
  [40097, 'invalid args'],
  [40125, 'invalid appsecret'],
  [40163, 'code been used'],
  [40226, 'code blocked'],
  [41001, 'access_token missing'],
  [41002, 'appid missing'],
  [41003, 'missing refresh_token'],
  [41004, 'appsecret missing'],
  [41008, 'missing code'],
  [41009, 'missing openid'],
  [42001, 'access_token expired'],
  [42002, 'refresh_token timeout'],
  [42003, 'oauth code timeout'],
  [43002, 'require POST method'],
  [44002, 'empty post data'],
  [45009, 'reach max api daily quota limit'],
  [45011, 'api minute-quota reach limit must slower retry next minute'],
  [47001, 'data format error'],
  [48001, 'api unauthorized'],
  [50002, 'user limited'],
  [50004, 'user not allow to use accesstoken, maybe for punishment'],
  [87007, 'session_key is not existd or expired'],
  [87008, 'invalid sig_method'],
  [87009, 'invalid signature'],
];

describe("the simulator's errmsg", () => {
  let simulator: RunningSimulator;
  let wechat: RawWechat;

  beforeAll(async () => {
    simulator = await startSimulator({ clock: { now: () => NOW }, apps: [{ appid: APPID, secret: SECRET }] });
    wechat = new RawWechat(simulator.url);
  });
  afterAll(() => simulator.close());
  beforeEach(() => simulator.wechat.reset());

  async function refused(path: string, errcode: number): Promise<unknown> {
    await wechat.post('/simulator/faults', { path, kind: 'errcode', errcode });
    return (await wechat.get(path)).json;
  }

  it.each(TEXTS)('of %d is "%s" and a request id', async (errcode, text) => {
    expect(await refused(endpointPaths.token, errcode)).toEqual({
      errcode,
      errmsg: expect.stringMatching(new RegExp(`^${text} rid: ${RID}$`)),
    });
    expect(await refused(endpointPaths.jscode2session, errcode)).toEqual({
      errcode,
      errmsg: expect.stringMatching(new RegExp(`^${text}, rid: ${RID}$`)),
    });
  });

  it('of 40001 recommends nothing under /sns/*', async () => {
    expect(await refused(endpointPaths.jscode2session, 40001)).toEqual({
      errcode: 40001,
      errmsg: expect.stringMatching(
        new RegExp(`^invalid credential, access_token is invalid or not latest, rid: ${RID}$`),
      ),
    });
  });

  it.each([40243, 50007, 61003, 61024, 41021, 89501, 89503, 89506, 89507])(
    'of %d, whose text is published in Chinese only, is some English and a request id',
    async (errcode) => {
      expect(await refused(endpointPaths.token, errcode)).toEqual({
        errcode,
        errmsg: expect.stringMatching(new RegExp(`^(?!unknown error)[\\w ,]+ rid: ${RID}$`)),
      });
    },
  );

  it('of an errcode that nobody has heard of says so', async () => {
    expect(await refused(endpointPaths.token, 99999)).toEqual({
      errcode: 99999,
      errmsg: expect.stringMatching(new RegExp(`^unknown error rid: ${RID}$`)),
    });
  });
});
