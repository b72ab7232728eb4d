import { E164 } from '../database/phone-number.js';
import { type MappingSource } from './attribute-mapping.js';

/**
 * What a source says of a person, ready to be stored. An absent member is one it says nothing about.
 *
 * @publicApi
 */
export type SourceProfile = Partial<Record<MappingSource, string>>;

/** The part of WeChat's user info that is mapped. */
export interface WechatUserInfo {
  readonly nickName?: string;
  readonly avatarUrl?: string;
  readonly gender?: number;
  readonly city?: string;
  readonly province?: string;
  readonly country?: string;
  readonly language?: string;
  /** WeChat says that it sent a placeholder instead of the person's own profile. */
  readonly isDemote: boolean;
}

/** The part of WeChat's `sns/userinfo` that is mapped. */
export interface WechatSnsUserInfo {
  readonly nickname?: string;
  readonly sex?: number;
  readonly province?: string;
  readonly city?: string;
  readonly country?: string;
  readonly headimgurl?: string;
}

/** WeChat's `phone_info`. */
export interface WechatPhoneNumber {
  readonly phoneNumber: string;
  readonly purePhoneNumber: string;
  readonly countryCode: string;
}

/** WeChat's nickname for whoever keeps his own to himself. */
const PLACEHOLDER_NICKNAME = '微信用户';

const genders: Readonly<Record<number, string>> = { 1: 'male', 2: 'female' };

/**
 * WeChat's user info in our words: a placeholder says nothing, gender is `male` or `female`.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/wx.getUserProfile.html
 */
export function profileFromUserInfo(info: WechatUserInfo): SourceProfile {
  if (info.isDemote || info.nickName === PLACEHOLDER_NICKNAME) return {};
  return {
    nickName: displayText(info.nickName),
    avatarUrl: displayText(info.avatarUrl),
    city: displayText(info.city),
    province: displayText(info.province),
    country: displayText(info.country),
    language: displayText(info.language),
    gender: genders[info.gender ?? 0],
  };
}

/**
 * The profile of a website, an official account or a mobile app in the words of a mini program's.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
export function profileFromSnsUserInfo(info: WechatSnsUserInfo): SourceProfile {
  const { nickname, sex, province, city, country, headimgurl } = info;
  const renamed = { nickName: nickname, avatarUrl: headimgurl, gender: sex };
  return profileFromUserInfo({ ...renamed, city, province, country, isDemote: false });
}

/** Without control characters, which are nothing to display, and without white space around. */
function displayText(text: string | undefined): string | undefined {
  return text?.replace(/[\u0000-\u001f\u007f]/g, '').trim();
}

/**
 * WeChat's phone number as E.164; a number that cannot be one says nothing.
 *
 * @see ITU-T E.164 §6.2.1
 */
export function profileFromPhoneNumber({ purePhoneNumber, countryCode }: WechatPhoneNumber): SourceProfile {
  const country = countryCode.replace(/\D/g, '');
  const number = `+${country}${purePhoneNumber.replace(/[\s-]/g, '')}`;
  if (!E164.test(number)) return {};
  return { phoneNumber: number, purePhoneNumber: number, countryCode: country };
}
