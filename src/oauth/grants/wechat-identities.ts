import { type AuthSource } from '../../auth-sources/auth-source.entity.js';
import { type IdentityKey } from '../../users/identity.js';

/**
 * Who somebody is whom WeChat has vouched for, the strongest identity first: the unionid is the same in all apps of an
 * Open Platform account, the openid is of one app.
 */
export function wechatIdentities(
  source: AuthSource,
  { openid, unionid }: { readonly openid: string; readonly unionid?: string },
): IdentityKey[] {
  const byOpenid: IdentityKey = { type: 'wechat_openid', issuer: source.appId, subject: openid };
  if (unionid === undefined) return [byOpenid];
  return [{ type: 'wechat_unionid', issuer: source.openPlatformAccount, subject: unionid }, byOpenid];
}
