import {
  WechatCodeRejected,
  WechatMisconfigured,
  WechatUnavailable,
  type WechatRefusal,
} from './wechat.errors.js';

/** The code is at fault: the client has to fetch a new one. */
const CODE_REJECTED: ReadonlySet<number> = new Set([
  40029, // invalid code: unknown, expired, of another app, or of another kind
  40163, // code been used
  40226, // code blocked: WeChat considers the user a risk
  42003, // oauth code timeout
]);

/** WeChat is at fault, or wants fewer calls: errcode -> seconds to wait. */
const RETRY_AFTER: ReadonlyMap<number, number> = new Map([
  [-1, 1], // system error
  [45011, 60], // minute quota reached
  [45009, 600], // daily quota reached
]);

/** A quota of the app is used up: no call of that kind goes out before the time above is over. */
const QUOTA_USED_UP: ReadonlySet<number> = new Set([45009, 45011]);

/**
 * The minute quota of a login is one user's (100 calls): the mini program does not back off for it, or any user could
 * lock all the others out.
 */
const MINUTE_QUOTA_PER_USER: ReadonlySet<string> = new Set(['/sns/jscode2session']);

/** The app access token is no longer good; the request it came with was not carried out. */
const ACCESS_TOKEN_REFUSED: ReadonlySet<number> = new Set([
  40001, // invalid credential: not the latest token
  40014, // invalid access_token: malformed
  42001, // access_token expired
]);

/** We are at fault: what an operator or we have to put right. An errcode that is not here is treated alike. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
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
]);

/**
 * Turns WeChat's errcode into the error that says who is at fault.
 *
 * @param errcode anything but 0, which is success
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
export function classify(
  errcode: number,
  refusal: WechatRefusal = {},
): WechatCodeRejected | WechatUnavailable | WechatMisconfigured {
  if (CODE_REJECTED.has(errcode)) return new WechatCodeRejected(errcode, refusal);
  const retryAfter = RETRY_AFTER.get(errcode);
  if (retryAfter !== undefined) return new WechatUnavailable({ ...refusal, errcode, retryAfter });
  return new WechatMisconfigured(errcode, { ...refusal, meaning: MEANINGS.get(errcode) });
}

/**
 * Seconds for which an endpoint is not called again by an app after this errcode; undefined when it may be.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
 */
export function backOffAfter(errcode: number, endpoint: string): number | undefined {
  if (!QUOTA_USED_UP.has(errcode)) return undefined;
  if (errcode === 45011 && MINUTE_QUOTA_PER_USER.has(endpoint)) return undefined;
  return RETRY_AFTER.get(errcode);
}

/** Whether an errcode is one of those above. */
export function isKnownErrcode(errcode: number): boolean {
  return CODE_REJECTED.has(errcode) || RETRY_AFTER.has(errcode) || MEANINGS.has(errcode);
}

/** Whether the app access token was refused, so that the same request is worth repeating with a new one. */
export function isAccessTokenRefused(error: unknown): error is WechatMisconfigured {
  return error instanceof WechatMisconfigured && ACCESS_TOKEN_REFUSED.has(error.errcode);
}
