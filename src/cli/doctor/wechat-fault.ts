import { messageFor } from '../../logging/described-error.js';
import { WechatMisconfigured, WechatUnavailable } from '../../wechat/wechat.errors.js';

const WRONG_SECRET =
  'the app secret is wrong: take the present one from the WeChat console, and give it with ' +
  'npm run cli -- auth-sources update ID --app-secret-env NAME';

/** What is wrong when an access token is asked for, and what to do about it. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [40001, WRONG_SECRET],
  [40013, 'the app id is wrong: compare app_id with the AppID in the WeChat console'],
  [40125, WRONG_SECRET],
  [40164, 'our address is not on the IP whitelist of the app: add it in the WeChat console'],
  [40243, 'the app secret is frozen: unfreeze it in the WeChat console'],
  [50002, 'the account is limited: see the WeChat console'],
  [50004, 'the account may not use access tokens: see the WeChat console'],
  [50007, 'the account is frozen: see the WeChat console'],
  [89501, 'our address waits for the administrator to confirm it in WeChat'],
  [89503, 'our address has to be confirmed by the administrator in WeChat'],
  [89506, 'the administrator has refused our address for 24 hours'],
  [89507, 'the administrator has refused our address for an hour'],
]);

/**
 * Says why WeChat gave no access token.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken
 */
export function wechatFault(error: unknown): string {
  if (error instanceof WechatUnavailable) {
    return `${messageFor(error)}. Can this machine reach WECHAT_API_BASE_URL?`;
  }
  if (!(error instanceof WechatMisconfigured)) return messageFor(error);
  const { errcode, ip, rid } = error;
  const advice = ADVICE.get(errcode);
  if (advice === undefined) return error.message;
  const details = [ip && `our address: ${ip}`, rid && `rid: ${rid}`].filter(Boolean).join(', ');
  const reason = `WeChat error ${errcode}, ${advice}`;
  return details ? `${reason} (${details})` : reason;
}
