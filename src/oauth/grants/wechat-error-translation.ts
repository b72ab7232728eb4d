import {
  WechatCodeRejected,
  WechatDataMismatch,
  WechatDataUndecryptable,
  WechatMisconfigured,
  WechatUnavailable,
} from '../../wechat/wechat.errors.js';
import { InvalidGrant, ServerError, TemporarilyUnavailable } from '../oauth.errors.js';

/** Runs a step of the login and says WeChat's errors in OAuth's words. */
export async function speakingOAuth<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof WechatCodeRejected) return new InvalidGrant(`WeChat error: ${error.errcode}`, error);
  if (error instanceof WechatMisconfigured) return new ServerError(`WeChat error: ${error.errcode}`, error);
  if (error instanceof WechatUnavailable) {
    const description = error.errcode === undefined ? 'WeChat unavailable' : `WeChat error: ${error.errcode}`;
    return new TemporarilyUnavailable(description, error.retryAfter, error, !error.sent);
  }
  if (error instanceof WechatDataUndecryptable)
    return new InvalidGrant('Undecryptable parameter: encryptedData', error);
  if (error instanceof WechatDataMismatch)
    return new InvalidGrant('Mismatched parameter: encryptedData', error);
  return error;
}
