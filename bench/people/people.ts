import { createCipheriv, createHash } from 'node:crypto';

/** People by number. WeChat, the load and the rows of the database all derive the same person from it. */

export const APP_ID = 'wx4f4bc4dec97d474b';
/** Everybody's: what WeChat and the load have to agree on. */
export const SESSION_KEY = Buffer.alloc(16, 'session').toString('base64');
const IV = Buffer.alloc(16, 'iv');

const HALF = 16;
const PHONE_CODE_LENGTH = 64;

export const openid = (person: number) => `o${digest(`openid-${person}`)}`;
export const unionid = (person: number) => `o${digest(`unionid-${person}`)}`;
export const phoneNumber = (person: number) => `138${String(person % 1e8).padStart(8, '0')}`;

/** A `js_code`: who signs in, and which time. */
export function jsCode(person: number, time: number): string {
  return person.toString(36).padStart(HALF, '0') + time.toString(36).padStart(HALF, '0');
}

export function personOfJsCode(code: string): number {
  return parseInt(code.slice(0, HALF), 36);
}

export function phoneCode(person: number): string {
  return person.toString(16).padStart(PHONE_CODE_LENGTH, '0');
}

export function personOfPhoneCode(code: string): number {
  return parseInt(code, 16);
}

/** As `wx.getUserProfile` gave it. */
export function encryptedProfile(person: number): { encryptedData: string; iv: string } {
  const profile = {
    nickName: `用户${person}`,
    gender: 0,
    language: 'zh_CN',
    city: '',
    province: '',
    country: '',
    avatarUrl: `https://thirdwx.qlogo.cn/mmopen/vi_32/${digest(`avatar-${person}`)}/132`,
    watermark: { timestamp: 1_790_000_000, appid: APP_ID },
  };
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(SESSION_KEY, 'base64'), IV);
  const encrypted = Buffer.concat([cipher.update(JSON.stringify(profile), 'utf8'), cipher.final()]);
  return { encryptedData: encrypted.toString('base64'), iv: IV.toString('base64') };
}

/** 27 characters, as WeChat's identifiers have after their first. */
function digest(text: string): string {
  return createHash('sha1').update(text).digest('base64url');
}
