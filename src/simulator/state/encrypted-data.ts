import { createCipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { mergePatch, withRawControlCharacters, type JsonObject } from '../json-text.js';
import { type Profile } from './person.js';

/**
 * `real`: the user's profile as wx.getUserProfile gave it until 2022; `placeholder`: what it gives since;
 * `user_info`: the profile of wx.getUserInfo, with openId and (when the app is bound) unionId.
 */
export const profileKind = z.enum(['real', 'placeholder', 'user_info']);
export type ProfileKind = z.infer<typeof profileKind>;

export const encryptionOptions = z.strictObject({
  /** Members to replace in the plain text (null takes one away): a foreign watermark, another openId. */
  patch: z.record(z.string(), z.unknown()).optional(),
  raw_control_characters: z.boolean().optional(),
});
export type EncryptionOptions = z.infer<typeof encryptionOptions>;

/** Both members are base64 text, named as wx.getUserProfile names them. */
export interface EncryptedData {
  encryptedData: string;
  iv: string;
}

/** The profile that WeChat gives instead of the user's own. */
const PLACEHOLDER = {
  nickName: '微信用户',
  gender: 0,
  language: '',
  city: '',
  province: '',
  country: '',
  avatarUrl:
    'https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132',
  is_demote: true,
};

/** The plain text of a profile, but for its watermark. */
export function plainProfile(
  kind: ProfileKind,
  profile: Profile,
  identity: { openid: string; unionid?: string },
): JsonObject {
  if (kind === 'placeholder') return { ...PLACEHOLDER };
  if (kind === 'real') return { ...profile };
  const unionId = identity.unionid === undefined ? {} : { unionId: identity.unionid };
  return { openId: identity.openid, ...profile, ...unionId };
}

/**
 * AES-128-CBC under the session key, PKCS#7, with a fresh iv.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export function encrypt(sessionKey: string, plain: JsonObject, options: EncryptionOptions): EncryptedData {
  const json = JSON.stringify(mergePatch(plain, options.patch ?? {}));
  const text = options.raw_control_characters ? withRawControlCharacters(json) : json;
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(sessionKey, 'base64'), iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return { encryptedData: encrypted.toString('base64'), iv: iv.toString('base64') };
}
