import { classify, isAccessTokenRefused } from './wechat-errcodes.js';
import { WechatCodeRejected, WechatMisconfigured, WechatUnavailable } from './wechat.errors.js';

const refusal = { endpoint: '/sns/jscode2session', rid: '652d44d0-1d0af18b-5b069232' };

/** The end of each message, for the log and the audit. */
const where = ' at /sns/jscode2session, rid 652d44d0-1d0af18b-5b069232';

describe('errcodes', () => {
  it.each([40029, 40163, 40226, 42003])('%d rejects the code', (errcode) => {
    const error = classify(errcode, refusal);

    expect(error).toBeInstanceOf(WechatCodeRejected);
    expect({ ...error }).toEqual({ name: 'WechatCodeRejected', errcode, ...refusal });
    expect(error.message).toBe(`WeChat rejected the code: errcode ${errcode}${where}`);
  });

  it.each([
    [-1, 1],
    [45011, 60],
    [45009, 600],
  ])('%d makes WeChat unavailable for %d seconds', (errcode, retryAfter) => {
    const error = classify(errcode, refusal);

    expect(error).toBeInstanceOf(WechatUnavailable);
    expect({ ...error }).toEqual({ name: 'WechatUnavailable', errcode, retryAfter, sent: true, ...refusal });
    expect(error.message).toBe(`WeChat is unavailable: errcode ${errcode}${where}`);
  });

  it.each([
    [40001, 'the access token is not the latest one'],
    [40002, 'invalid grant_type'],
    [40003, 'invalid openid'],
    [40013, 'the app id is wrong'],
    [40014, 'the access token is malformed'],
    [40030, 'the refresh token is wrong'],
    [40097, 'invalid arguments'],
    [40125, 'the app secret is wrong'],
    [40164, 'our address is not in the IP whitelist of the app'],
    [40243, 'the app secret is frozen'],
    [41001, 'the access token is missing'],
    [41002, 'the app id is missing'],
    [41004, 'the app secret is missing'],
    [41008, 'the code is missing'],
    [41009, 'the openid is missing'],
    [42001, 'the access token has expired'],
    [42002, 'the refresh token has expired'],
    [43002, 'the request must be a POST'],
    [44002, 'the request body is empty'],
    [47001, 'the request body is malformed'],
    [48001, 'the app may not use this interface, or the user has not agreed to it'],
    [50002, 'the account is limited'],
    [50004, 'the account may not use app access tokens'],
    [50007, 'the account is frozen'],
    [61024, 'a third-party platform has to use its own token'],
    [89501, 'our address waits for confirmation by the administrator'],
    [89503, 'our address needs confirmation by the administrator'],
    [89506, 'the administrator refused our address for 24 hours'],
    [89507, 'the administrator refused our address for one hour'],
  ])('%d blames our configuration: %s', (errcode, meaning) => {
    const error = classify(errcode, { ...refusal, ip: '203.0.113.7' });

    expect(error).toBeInstanceOf(WechatMisconfigured);
    expect({ ...error }).toEqual({ name: 'WechatMisconfigured', errcode, ...refusal, ip: '203.0.113.7' });
    expect(error.message).toBe(`WeChat refuses our configuration: errcode ${errcode} (${meaning})${where}`);
  });

  it('treats an errcode that nobody has documented as our configuration', () => {
    const error = classify(99999);

    expect(error).toBeInstanceOf(WechatMisconfigured);
    expect(error.message).toBe('WeChat refuses our configuration: errcode 99999');
  });

  it('knows which refusals a new app access token may cure', () => {
    const cured = [40001, 40014, 42001, 41001, 40013, 40029, -1].filter((errcode) =>
      isAccessTokenRefused(classify(errcode)),
    );

    expect(cured).toEqual([40001, 40014, 42001]);
  });
});
