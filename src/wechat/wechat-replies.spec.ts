import { parseWechatJson } from './wechat-json.js';
import {
  accessTokenReply,
  phoneNumberReply,
  sessionReply,
  userAuthorizationReply,
  userInfoReply,
} from './wechat-replies.js';

const session = { session_key: 'tiihtNczf5v6AKRyjwEUhQ==', openid: 'oGZUI0egBJY1zhBYw2KhdUfwVJJE' };
const phoneInfo = {
  phoneNumber: '13612345678',
  purePhoneNumber: '13612345678',
  countryCode: '86',
  watermark: { timestamp: 1637744274, appid: 'wx4f4bc4dec97d474b' },
};

describe('refusal', () => {
  it.each([
    ['invalid code, rid: 652d44d0-1d0af18b-5b069232', '652d44d0-1d0af18b-5b069232'],
    ['invalid appid rid: 652d44d0-1d0af18b-5b069232', '652d44d0-1d0af18b-5b069232'],
    ['invalid code hint: [aBcDeFgHiJk] rid: 652d44d0-1d0af18b-5b069232', '652d44d0-1d0af18b-5b069232'],
    ['system error', undefined],
    ['rid: 652d44d0-1d0af18b-5b069232-secret', undefined],
  ])('keeps of %p only the request id', (errmsg, rid) => {
    expect(sessionReply.parse({ errcode: 40029, errmsg })).toEqual({ ok: false, errcode: 40029, rid });
  });

  it('needs no errmsg', () => {
    expect(sessionReply.parse({ errcode: -1 })).toEqual({ ok: false, errcode: -1 });
  });

  it('keeps our own address when WeChat refuses it, and only then', () => {
    const errmsg =
      'invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 652d44d0-1d0af18b-5b069232';
    const rid = '652d44d0-1d0af18b-5b069232';

    expect(accessTokenReply.parse({ errcode: 40164, errmsg })).toEqual({
      ok: false,
      errcode: 40164,
      rid,
      ip: '203.0.113.7',
    });
    expect(accessTokenReply.parse({ errcode: 40013, errmsg })).toEqual({ ok: false, errcode: 40013, rid });
    expect(accessTokenReply.parse({ errcode: 40164, errmsg: 'invalid ip 1.2.3.4.5' })).toEqual({
      ok: false,
      errcode: 40164,
    });
  });

  it('wins over everything else in the reply', () => {
    expect(sessionReply.parse({ ...session, errcode: 40226 })).toEqual({ ok: false, errcode: 40226 });
  });
});

describe('session', () => {
  it('is a success with errcode 0 and without errcode', () => {
    const value = { openid: session.openid, sessionKey: session.session_key };

    expect(sessionReply.parse(session)).toEqual({ ok: true, value });
    expect(sessionReply.parse({ ...session, errcode: 0, errmsg: 'ok', expires_in: 7200 })).toEqual({
      ok: true,
      value,
    });
  });

  it.each([
    ['no openid', { openid: undefined }],
    ['an empty openid', { openid: '' }],
    ['an openid with a space', { openid: 'o 1' }],
    ['an openid with a line break at its end', { openid: 'o1\n' }],
    ['an openid outside ASCII', { openid: 'ö' }],
    ['an openid of 129 characters', { openid: 'o'.repeat(129) }],
    ['an openid that is a number', { openid: 1 }],
    ['a unionid with a space', { unionid: 'u 1' }],
    ['a unionid of 129 characters', { unionid: 'u'.repeat(129) }],
    ['no session_key', { session_key: undefined }],
    ['a session_key of 15 bytes', { session_key: Buffer.alloc(15).toString('base64') }],
    ['a session_key of 17 bytes', { session_key: Buffer.alloc(17).toString('base64') }],
    ['a session_key that is no base64', { session_key: 'tiihtNczf5v6AKRyjwE-hQ==' }],
    ['an errcode that is no number', { errcode: 'invalid code' }],
    ['an errcode with a fraction', { errcode: 0.5 }],
  ])('is refused with %s', (_, members) => {
    expect(sessionReply.safeParse({ ...session, ...members }).success).toBe(false);
  });

  it.each([{ unionid: '' }, { unionid: null }, { errcode: null }, { errcode: '0' }, {}])(
    'with %j says nothing more than who it is',
    (members) => {
      const value = { openid: session.openid, sessionKey: session.session_key };
      expect(sessionReply.parse({ ...session, ...members })).toEqual({ ok: true, value });
    },
  );

  it('is refused by an errcode that is text, too', () => {
    expect(sessionReply.parse({ ...session, errcode: '40029' })).toEqual({ ok: false, errcode: 40029 });
    expect(sessionReply.parse({ errcode: '-1' })).toEqual({ ok: false, errcode: -1 });
  });

  it('may have identifiers of 128 characters', () => {
    const openid = '~'.repeat(128);

    expect(sessionReply.parse({ ...session, openid, unionid: openid })).toEqual({
      ok: true,
      value: { openid, unionid: openid, sessionKey: session.session_key },
    });
  });

  it.each([[null], [[]], ['text'], [1]])('is not %p', (reply) => {
    expect(sessionReply.safeParse(reply).success).toBe(false);
  });
});

describe('user authorization', () => {
  const authorization = { access_token: '95_x', expires_in: 7200, openid: 'o1', scope: 'snsapi_login' };
  const value = { openid: 'o1', accessToken: '95_x', scope: ['snsapi_login'], isSnapshotUser: false };

  it('comes as documented, of which the refresh token is not kept', () => {
    const reply = { ...authorization, refresh_token: '95_y', unionid: 'u1' };
    expect(userAuthorizationReply.parse(reply)).toEqual({ ok: true, value: { ...value, unionid: 'u1' } });
    expect(userAuthorizationReply.parse(authorization)).toEqual({ ok: true, value });
  });

  it.each([
    ['snsapi_base,snsapi_userinfo', ['snsapi_base', 'snsapi_userinfo']],
    ['snsapi_base, snsapi_userinfo,', ['snsapi_base', 'snsapi_userinfo']],
    ['', []],
    [undefined, []],
    [null, []],
    [7, []],
  ])('has the scope %j, which is %j', (scope, scopes) => {
    expect(userAuthorizationReply.parse({ ...authorization, scope })).toEqual({
      ok: true,
      value: { ...value, scope: scopes },
    });
  });

  it.each([
    [1, true],
    ['1', true],
    [true, true],
    ['yes', true],
    [0, false],
    ['0', false],
    [false, false],
    [null, false],
    ['', false],
  ])('with is_snapshotuser %j is of a made-up user: %s', (is_snapshotuser, isSnapshotUser) => {
    expect(userAuthorizationReply.parse({ ...authorization, is_snapshotuser })).toEqual({
      ok: true,
      value: { ...value, isSnapshotUser },
    });
  });

  it.each([
    ['no openid', { openid: undefined }],
    ['an openid with a space', { openid: 'o 1' }],
    ['a unionid with a space', { unionid: 'u 1' }],
    ['no access token', { access_token: undefined }],
    ['an empty access token', { access_token: '' }],
    ['an access token with a space', { access_token: 'a b' }],
  ])('is refused with %s', (_, members) => {
    expect(userAuthorizationReply.safeParse({ ...authorization, ...members }).success).toBe(false);
  });

  it('is refused by an errcode, whatever else is in it', () => {
    const errmsg = 'oauth code timeout, rid: 652d44d0-1d0af18b-5b069232';
    expect(userAuthorizationReply.parse({ ...authorization, errcode: 42003, errmsg })).toEqual({
      ok: false,
      errcode: 42003,
      rid: '652d44d0-1d0af18b-5b069232',
    });
  });
});

describe('user info', () => {
  const userInfo = {
    openid: 'o1',
    nickname: 'Band',
    sex: 1,
    province: 'Guangdong',
    city: 'Guangzhou',
    country: 'CN',
    headimgurl: 'https://thirdwx.qlogo.cn/mmopen/46',
  };

  it('comes as documented, of which the privileges are not kept', () => {
    const reply = { ...userInfo, privilege: ['PRIVILEGE1'], unionid: 'u1' };
    expect(userInfoReply.parse(reply)).toEqual({ ok: true, value: { ...userInfo, unionid: 'u1' } });
  });

  it('says nothing by a member that is absent or of another type', () => {
    const nothing = { nickname: 7, sex: 'male', province: null, city: [], country: {}, headimgurl: true };
    for (const members of [nothing, {}]) {
      expect(userInfoReply.parse({ openid: 'o1', ...members })).toEqual({
        ok: true,
        value: { openid: 'o1' },
      });
    }
    expect(userInfoReply.parse({ ...userInfo, sex: '2' })).toEqual({
      ok: true,
      value: { ...userInfo, sex: 2 },
    });
  });

  it.each([{ openid: undefined }, { openid: '' }, { unionid: 'u 1' }])('is refused with %j', (members) => {
    expect(userInfoReply.safeParse({ ...userInfo, ...members }).success).toBe(false);
  });
});

describe('phone number', () => {
  const parse = (members: object) =>
    phoneNumberReply.safeParse({ errcode: 0, errmsg: 'ok', phone_info: { ...phoneInfo, ...members } });
  const success = (members: object) => ({
    success: true,
    data: { ok: true, value: { ...phoneInfo, ...members } },
  });

  it('comes as documented', () => {
    expect(parse({})).toEqual(success({}));
  });

  it('takes a numeric country code and a textual timestamp', () => {
    const watermark = { timestamp: '1637744274', appid: 'wx4f4bc4dec97d474b' };

    expect(parse({ countryCode: 86, watermark })).toEqual(success({}));
    expect(parse({ countryCode: '+86' })).toEqual(success({}));
  });

  it('leaves an unusable watermark to its reader as an empty one', () => {
    expect(parse({ watermark: undefined })).toEqual(success({ watermark: {} }));
    expect(parse({ watermark: 'wx' })).toEqual(success({ watermark: {} }));
    expect(parse({ watermark: { appid: 1, timestamp: 'yesterday' } })).toEqual(success({ watermark: {} }));
  });

  it.each([
    ['no number', { phoneNumber: undefined }],
    ['no country code', { countryCode: undefined }],
    ['a country code that is no number', { countryCode: 'CN' }],
    ['a country code of 0', { countryCode: 0 }],
  ])('is refused with %s', (_, members) => {
    expect(parse(members).success).toBe(false);
  });

  it('may be empty, which says that there is none', () => {
    const nothing = { phoneNumber: '', purePhoneNumber: '' };
    expect(parse(nothing)).toEqual(success(nothing));
  });

  it('is refused without phone_info', () => {
    expect(phoneNumberReply.safeParse({ errcode: 0, errmsg: 'ok' }).success).toBe(false);
  });
});

describe('app access token', () => {
  it('comes with the seconds it has left', () => {
    expect(accessTokenReply.parse({ access_token: '80_x', expires_in: 300 })).toEqual({
      ok: true,
      value: { accessToken: '80_x', expiresIn: 300 },
    });
  });

  it.each([
    ['no token', { expires_in: 7200 }],
    ['an empty token', { access_token: '', expires_in: 7200 }],
    ['a token with a space', { access_token: 'a b', expires_in: 7200 }],
    ['no life', { access_token: 'a' }],
    ['a life of 0', { access_token: 'a', expires_in: 0 }],
    ['a negative life', { access_token: 'a', expires_in: -1 }],
  ])('is refused with %s', (_, reply) => {
    expect(accessTokenReply.safeParse(reply).success).toBe(false);
  });
});

describe('JSON of WeChat', () => {
  it('has raw control characters in its strings', () => {
    expect(parseWechatJson('{"nickName":"a\u0000b\nc\u001fd"}')).toEqual({ nickName: 'a b c d' });
  });

  it('has escaped slashes, quotes and control characters, which stay what they are', () => {
    expect(parseWechatJson('{\r\n\t"session_key":"\\/IkZ\\u002b\\"\\n"}')).toEqual({
      session_key: '/IkZ+"\n',
    });
  });
});
