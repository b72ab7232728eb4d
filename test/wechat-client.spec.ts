import { Test } from '@nestjs/testing';
import { inspect } from 'node:util';
import { ConfigModule, ENVIRONMENT } from '../src/config/config.module.js';
import { WechatClient } from '../src/wechat/wechat.client.js';
import { WechatModule } from '../src/wechat/wechat.module.js';
import { connectWechat } from './support/connected-wechat.js';
import {
  startScriptedWechat,
  type Answer,
  type ScriptedWechat,
  type ReceivedRequest,
} from './support/scripted-wechat.js';

const app = { appId: 'wx4f4bc4dec97d474b', appSecret: 'MARKED&secret=1 +/ü' };
const session = { session_key: 'tiihtNczf5v6AKRyjwEUhQ==', openid: 'oGZUI0egBJY1zhBYw2KhdUfwVJJE' };
const phoneInfo = {
  phoneNumber: '13612345678',
  purePhoneNumber: '13612345678',
  countryCode: '86',
  watermark: { timestamp: 1637744274, appid: app.appId },
};
const token = JSON.stringify({ access_token: 'MARKED-token&+/', expires_in: 7200 });
const phone = JSON.stringify({ errcode: 0, errmsg: 'ok', phone_info: phoneInfo });

let wechat: ScriptedWechat;
let connected: ReturnType<typeof connectWechat>;
let answers: Record<string, Answer>;

beforeEach(async () => {
  answers = { '/cgi-bin/stable_token': token, '/wxa/business/getuserphonenumber': phone };
  wechat = await startScriptedWechat(({ path }) => answers[path] ?? '<html>404</html>');
  connected = connectWechat(wechat.url);
});

afterEach(async () => {
  await connected.close();
  await wechat.close();
});

function sent({ method, path, query, body, headers }: ReceivedRequest) {
  return {
    method,
    path,
    query,
    body,
    framing: [headers['content-type'], headers['content-length'], headers['transfer-encoding']],
  };
}

async function thrownBy(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe('code2Session', () => {
  it('sends the four documented parameters, encoded', async () => {
    answers['/sns/jscode2session'] = JSON.stringify(session);

    await connected.client.code2Session(app, 'MARKED&appid=wx0#% +');

    expect(wechat.requests.map(sent)).toEqual([
      {
        method: 'GET',
        path: '/sns/jscode2session',
        query: {
          appid: app.appId,
          secret: app.appSecret,
          js_code: 'MARKED&appid=wx0#% +',
          grant_type: 'authorization_code',
        },
        body: undefined,
        framing: [undefined, undefined, undefined],
      },
    ]);
  });

  it('reads a session as WeChat writes it: text/plain with escaped slashes', async () => {
    answers['/sns/jscode2session'] =
      '{"session_key":"\\/ihtNczf5v6AKRyjwEUhQQ==","expires_in":7200,"openid":"o1","unionid":"u1"}';

    const found = await connected.client.code2Session(app, 'code');

    expect(found).toEqual({ openid: 'o1', unionid: 'u1', sessionKey: '/ihtNczf5v6AKRyjwEUhQQ==' });
  });

  it('has no unionid when the mini program is not bound to an Open Platform account', async () => {
    answers['/sns/jscode2session'] = JSON.stringify(session);

    const found = await connected.client.code2Session(app, 'code');

    expect(Object.keys(found)).toEqual(['openid', 'sessionKey']);
  });

  it.each([
    [40029, 'WechatCodeRejected'],
    [40163, 'WechatCodeRejected'],
    [40226, 'WechatCodeRejected'],
    [-1, 'WechatUnavailable'],
    [45009, 'WechatUnavailable'],
    [45011, 'WechatUnavailable'],
    [40001, 'WechatMisconfigured'],
    [40013, 'WechatMisconfigured'],
    [40125, 'WechatMisconfigured'],
    [41008, 'WechatMisconfigured'],
    [12345, 'WechatMisconfigured'],
  ])('answers errcode %d with %s and is not repeated', async (errcode, name) => {
    const errmsg = 'MARKED text, rid: 652d44d0-1d0af18b-5b069232';
    answers['/sns/jscode2session'] = JSON.stringify({ errcode, errmsg });

    const error = await thrownBy(connected.client.code2Session(app, 'MARKED-code'));

    expect(error).toMatchObject({
      name,
      errcode,
      rid: '652d44d0-1d0af18b-5b069232',
      endpoint: '/sns/jscode2session',
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
    expect(wechat.requests).toHaveLength(1);
  });

  it('keeps our address for the operator when WeChat refuses it', async () => {
    answers['/sns/jscode2session'] = JSON.stringify({
      errcode: 40164,
      errmsg:
        'invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 652d44d0-1d0af18b-5b069232',
    });

    const error = await thrownBy(connected.client.code2Session(app, 'MARKED-code'));

    expect({ ...error }).toEqual({
      name: 'WechatMisconfigured',
      errcode: 40164,
      endpoint: '/sns/jscode2session',
      rid: '652d44d0-1d0af18b-5b069232',
      ip: '203.0.113.7',
    });
  });
});

describe('getPhoneNumber', () => {
  it('sends the code with the openid, under an app access token, in bodies of fixed length', async () => {
    const found = await connected.client.getPhoneNumber(app, 'MARKED-phone-code', session.openid);

    expect(found).toEqual(phoneInfo);
    const tokenBody = {
      grant_type: 'client_credential',
      appid: app.appId,
      secret: app.appSecret,
      force_refresh: false,
    };
    const phoneBody = { code: 'MARKED-phone-code', openid: session.openid };
    expect(wechat.requests.map(sent)).toEqual([
      {
        method: 'POST',
        path: '/cgi-bin/stable_token',
        query: {},
        body: tokenBody,
        framing: ['application/json', `${Buffer.byteLength(JSON.stringify(tokenBody))}`, undefined],
      },
      {
        method: 'POST',
        path: '/wxa/business/getuserphonenumber',
        query: { access_token: 'MARKED-token&+/' },
        body: phoneBody,
        framing: ['application/json', `${Buffer.byteLength(JSON.stringify(phoneBody))}`, undefined],
      },
    ]);
  });

  it.each([
    [40029, 'WechatCodeRejected'],
    [40163, 'WechatCodeRejected'],
    [40226, 'WechatCodeRejected'],
    [-1, 'WechatUnavailable'],
    [45009, 'WechatUnavailable'],
    [45011, 'WechatUnavailable'],
    [40003, 'WechatMisconfigured'],
    [40013, 'WechatMisconfigured'],
    [41001, 'WechatMisconfigured'],
    [48001, 'WechatMisconfigured'],
  ])('answers errcode %d with %s and is not repeated', async (errcode, name) => {
    answers['/wxa/business/getuserphonenumber'] = JSON.stringify({
      errcode,
      errmsg: 'MARKED hint: [abcdefghijk] rid: 652d44d0-1d0af18b-5b069232',
    });

    const error = await thrownBy(connected.client.getPhoneNumber(app, 'MARKED-code', 'MARKED-openid'));

    expect(error).toMatchObject({ name, errcode, rid: '652d44d0-1d0af18b-5b069232' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
    expect(wechat.requests.map(({ path }) => path)).toEqual([
      '/cgi-bin/stable_token',
      '/wxa/business/getuserphonenumber',
    ]);
  });

  it('is not repeated when the connection breaks after the code was sent', async () => {
    answers['/wxa/business/getuserphonenumber'] = (response) => void response.destroy();

    const error = await thrownBy(connected.client.getPhoneNumber(app, 'MARKED-code', 'MARKED-openid'));

    expect(error).toMatchObject({ name: 'WechatUnavailable', errcode: undefined });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
    expect(wechat.requests).toHaveLength(2);
  });

  it.each([
    [40125, 'WechatMisconfigured'],
    [40164, 'WechatMisconfigured'],
    [40001, 'WechatMisconfigured'],
    [45009, 'WechatUnavailable'],
    [45011, 'WechatUnavailable'],
  ])('leaves the code unspent when the access token fails with %d, %s', async (errcode, name) => {
    answers['/cgi-bin/stable_token'] = JSON.stringify({ errcode, errmsg: 'MARKED' });

    const error = await thrownBy(connected.client.getPhoneNumber(app, 'MARKED-code', 'MARKED-openid'));

    expect(error).toMatchObject({ name, errcode, endpoint: '/cgi-bin/stable_token' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
    expect(wechat.requests.map(({ path }) => path)).toEqual(['/cgi-bin/stable_token']);
  });
});

describe('the code of an authorization page', () => {
  const exchange = '/sns/oauth2/access_token';
  const authorization = {
    openid: 'o1',
    accessToken: 'MARKED-user&+/',
    scope: ['snsapi_login'],
    isSnapshotUser: false,
  };

  it('is sent with the four documented parameters, encoded, and brings the access token of the user', async () => {
    answers[exchange] =
      '{"access_token":"95_x\\/y","expires_in":7200,"refresh_token":"95_z","openid":"o1","scope":"snsapi_base"}';

    const found = await connected.client.exchangeCode(app, 'MARKED&appid=wx0#% +');

    expect(found).toEqual({
      openid: 'o1',
      accessToken: '95_x/y',
      scope: ['snsapi_base'],
      isSnapshotUser: false,
    });
    expect(wechat.requests.map(sent)).toEqual([
      {
        method: 'GET',
        path: exchange,
        query: {
          appid: app.appId,
          secret: app.appSecret,
          code: 'MARKED&appid=wx0#% +',
          grant_type: 'authorization_code',
        },
        body: undefined,
        framing: [undefined, undefined, undefined],
      },
    ]);
  });

  it('opens the profile, by token and openid', async () => {
    answers['/sns/userinfo'] =
      '{"openid":"o1","nickname":"a\u0007b","sex":0,"headimgurl":"https:\\/\\/x.test"}';

    const found = await connected.client.getUserInfo(app, authorization);

    expect(found).toEqual({ openid: 'o1', nickname: 'a b', sex: 0, headimgurl: 'https://x.test' });
    expect(wechat.requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ['GET', '/sns/userinfo', { access_token: 'MARKED-user&+/', openid: 'o1', lang: 'zh_CN' }],
    ]);
  });

  it.each([
    [42003, 'WechatCodeRejected'],
    [-1, 'WechatUnavailable'],
    [40001, 'WechatMisconfigured'],
  ])(
    'is not sent again after errcode %d, nor is the token, and the %s tells neither',
    async (errcode, name) => {
      answers[exchange] = answers['/sns/userinfo'] = JSON.stringify({ errcode, errmsg: 'MARKED' });
      const calls = [
        () => connected.client.exchangeCode(app, 'MARKED-code'),
        () => connected.client.getUserInfo(app, authorization),
      ];

      for (const call of calls) {
        const error = await thrownBy(call());
        expect(error).toMatchObject({ name, errcode });
        expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/MARKED/);
      }
      expect(wechat.requests.map(({ path }) => path)).toEqual([exchange, '/sns/userinfo']);
    },
  );
});

describe('the module', () => {
  it('provides the client, configured by the environment, and closes its connections with the application', async () => {
    answers['/proxy/sns/jscode2session'] = JSON.stringify(session);
    const environment = {
      WECHAT_API_BASE_URL: `${wechat.url}/proxy/`,
      ENCRYPTION_KEY: Buffer.alloc(32, 'k').toString('base64'),
    };
    const module = await Test.createTestingModule({ imports: [ConfigModule, WechatModule] })
      .overrideProvider(ENVIRONMENT)
      .useValue(environment)
      .compile();
    const client = module.get(WechatClient);

    await client.code2Session(app, 'code');
    await module.close();

    expect(wechat.requests.map(({ path }) => path)).toEqual(['/proxy/sns/jscode2session']);
    expect(await thrownBy(client.code2Session(app, 'code'))).toMatchObject({ name: 'WechatUnavailable' });
  });
});
