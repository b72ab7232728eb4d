import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import { parseWechatJson } from './wechat-json.js';
import { type WechatSession } from './wechat.client.js';
import { WechatDataMismatch, WechatDataUndecryptable } from './wechat.errors.js';

/** A profile for display. The caller of `wx.getUserProfile` can alter it: it is nothing to identify anybody by. */
export interface WechatUserInfo {
  nickName?: string;
  avatarUrl?: string;
  /** 0 unknown, 1 male, 2 female. */
  gender?: number;
  city?: string;
  province?: string;
  country?: string;
  language?: string;
  /** WeChat says that it sent a placeholder instead of the user's own profile. */
  isDemote: boolean;
}

const text = z.string().optional().catch(undefined);

const decrypted = z.object({
  nickName: text,
  avatarUrl: text,
  gender: z.number().optional().catch(undefined),
  city: text,
  province: text,
  country: text,
  language: text,
  is_demote: z.unknown().optional(),
  openId: z.unknown().optional(),
  unionId: z.unknown().optional(),
  watermark: z.object({ appid: z.string() }).optional().catch(undefined),
});

/**
 * Decrypts what `wx.getUserProfile` or `wx.getUserInfo` gave the mini program: AES-128-CBC under the session key.
 *
 * The encryption has no integrity and the sender chooses the iv, so that single characters of the first block can be
 * changed unnoticed; identity therefore comes from the session, and identifiers in the data have to agree with it.
 *
 * @param encryptedData base64
 * @param iv base64 of 16 bytes
 * @throws WechatDataUndecryptable, whichever step fails
 * @throws WechatDataMismatch when the watermark is missing or of another mini program, or openId or unionId is not the
 * session's
 * @see https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export function decryptEncryptedData(
  session: WechatSession,
  appId: string,
  encryptedData: string,
  iv: string,
): WechatUserInfo {
  const data = decrypt(session.sessionKey, encryptedData, iv);
  if (data.watermark?.appid !== appId) throw new WechatDataMismatch('watermark');
  if (isPresent(data.openId) && data.openId !== session.openid) throw new WechatDataMismatch('openId');
  if (isPresent(data.unionId) && data.unionId !== session.unionid) throw new WechatDataMismatch('unionId');
  const { nickName, avatarUrl, gender, city, province, country, language } = data;
  const isDemote = data.is_demote === true;
  return { nickName, avatarUrl, gender, city, province, country, language, isDemote };
}

/** Whether the value is base64 with padding, and no character beside it; Node's own decoder skips what it dislikes. */
export function isBase64(value: unknown): value is string {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
}

/** Every step fails alike: a wrong key survives the padding once in 256 times and is then no JSON. */
function decrypt(sessionKey: string, encryptedData: string, iv: string): z.output<typeof decrypted> {
  if (![sessionKey, encryptedData, iv].every(isBase64)) throw new WechatDataUndecryptable();
  try {
    const decipher = createDecipheriv(
      'aes-128-cbc',
      Buffer.from(sessionKey, 'base64'),
      Buffer.from(iv, 'base64'),
    );
    const plain = Buffer.concat([decipher.update(encryptedData, 'base64'), decipher.final()]);
    return decrypted.parse(parseWechatJson(new TextDecoder('utf-8', { fatal: true }).decode(plain)));
  } catch {
    // The cause would quote the decrypted profile.
    throw new WechatDataUndecryptable();
  }
}

/** An empty identifier says nothing about whose data it is. */
function isPresent(identifier: unknown): boolean {
  return identifier !== undefined && identifier !== null && identifier !== '';
}
