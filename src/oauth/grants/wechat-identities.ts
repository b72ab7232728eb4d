import { type IdentityKey } from '../../users/identity.js';
import { type GrantAuthSource } from './grant-strategy.js';

/**
 * Who somebody is whom WeChat has vouched for, the strongest identity first: the unionid is the same in all apps of an
 * Open Platform account, the openid is of one app.
 */
export function wechatIdentities(
  source: GrantAuthSource,
  { openid, unionid }: { readonly openid: string; readonly unionid?: string },
): IdentityKey[] {
  const byOpenid: IdentityKey = { type: 'wechat_openid', issuer: source.appId, subject: openid };
  if (!unionid) return [byOpenid];
  return [{ type: 'wechat_unionid', issuer: source.openPlatformAccount, subject: unionid }, byOpenid];
}
