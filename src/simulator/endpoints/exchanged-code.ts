import { type App } from '../state/app.js';
import { type OneTimeCode } from '../state/one-time-codes.js';
import { WechatError } from './wechat-error.js';

/** A code dies with its first exchange, also with one for the wrong app: 40029, or 40163 when it was dead. */
export function exchange(code: OneTimeCode, app: App): void {
  const spentBefore = code.spent;
  code.spent = true;
  if (code.appid !== app.appid) throw new WechatError(40029);
  if (spentBefore) throw new WechatError(40163);
}
