import { randomAlphanumeric, requestId } from '../state/identifiers.js';

/**
 * What WeChat says for each errcode, without its request id.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
 * @see https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
 */
const ERRMSG: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  40001: 'invalid credential, access_token is invalid or not latest',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40013: 'invalid appid',
  40014: 'invalid access_token',
  40029: 'invalid code',
  40030: 'invalid refresh_token',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40163: 'code been used',
  40164: 'invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist',
  40226: 'code blocked',
  40243: 'appsecret frozen',
  41001: 'access_token missing',
  41002: 'appid missing',
  41003: 'missing refresh_token',
  41004: 'appsecret missing',
  41008: 'missing code',
  41009: 'missing openid',
  41021: 'missing component_access_token',
  42001: 'access_token expired',
  42002: 'refresh_token timeout',
  42003: 'oauth code timeout',
  43002: 'require POST method',
  44002: 'empty post data',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit must slower retry next minute',
  47001: 'data format error',
  48001: 'api unauthorized',
  50002: 'user limited',
  50004: 'user not allow to use accesstoken, maybe for punishment',
  50007: 'account frozen',
  61003: 'component is not authorized by this account',
  61024: 'this account must use component access token',
  87007: 'session_key is not existd or expired',
  87008: 'invalid sig_method',
  87009: 'invalid signature',
  89501: 'this ip is waiting for admin confirm',
  89503: 'this ip calls api need admin confirm',
  89506: 'this ip is rejected by admin, try again after 24 hours',
  89507: 'this ip is rejected by admin, try again after 1 hour',
};

const STABLE_TOKEN_ADVICE =
  ', could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r';

/** The subsystems punctuate their errmsg in three ways. */
export type Subsystem = 'sns' | 'cgi' | 'phone';

/** The errmsg as the subsystem prints it. Free text to every client: the errcode alone decides. */
export function errmsg(errcode: number, subsystem: Subsystem, unixSeconds: number, address: string): string {
  const text = (ERRMSG[errcode] ?? 'unknown error').replaceAll('{ip}', address);
  const rid = `rid: ${requestId(unixSeconds)}`;
  if (subsystem === 'sns') return `${text}, ${rid}`;
  if (errcode === 40001) return `${text}${STABLE_TOKEN_ADVICE} ${rid}`;
  if (subsystem === 'phone' && (errcode === 40029 || errcode === 40013)) {
    return `${text} hint: [${randomAlphanumeric(12)}] ${rid}`;
  }
  return `${text} ${rid}`;
}
