import { createHash, randomBytes } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function randomAlphanumeric(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += ALPHANUMERIC.charAt(byte % ALPHANUMERIC.length);
  return text;
}

export function randomHex(length: number): string {
  return randomBytes(length / 2).toString('hex');
}

/** `wx` and 16 hexadecimal digits. */
export function randomAppid(): string {
  return `wx${randomHex(16)}`;
}

/** base64 of 16 bytes: 24 characters that may hold `+`, `/` and `=`. */
export function randomSessionKey(): string {
  return randomBytes(16).toString('base64');
}

/** 136 characters of today's shape; clients must reserve 512 and treat it as opaque. */
export function randomAccessToken(): string {
  return `95_${randomBytes(100).toString('base64url').slice(0, 133)}`;
}

const ACCESS_TOKEN = /^\d{1,3}_[A-Za-z0-9_-]{100,}$/;

/** Whether the text could have been an access token at all; what could not is 40014, not 40001. */
export function isAccessToken(text: string): boolean {
  return ACCESS_TOKEN.test(text);
}

/**
 * The openid or unionid (28 characters, `o` first) of a person within an app or an open platform account.
 * Derived, not random, so that a person with a given id is the same person after a restart.
 */
export function derivedOpenid(scope: string, person: string): string {
  return `o${createHash('sha256').update(`${scope}\n${person}`).digest('base64url').slice(0, 27)}`;
}

/**
 * WeChat's request id: three groups of eight hexadecimal digits, the first of which is the Unix time.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/openApi-mgnt/getRidInfo.html
 */
export function requestId(unixSeconds: number): string {
  return `${unixSeconds.toString(16).padStart(8, '0')}-${randomHex(8)}-${randomHex(8)}`;
}
