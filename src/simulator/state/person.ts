import { z } from 'zod';
import { appid } from './app.js';

const identifier = z.string().regex(/^[!-~]{1,128}$/, 'must be 1 to 128 printable ASCII characters');

const profile = z.strictObject({
  nickName: z.string(),
  /** 0 unknown, 1 male, 2 female. */
  gender: z.int(),
  language: z.string(),
  city: z.string(),
  province: z.string(),
  country: z.string(),
  avatarUrl: z.string(),
});

const phone = z.strictObject({
  countryCode: z.string().regex(/^\d{1,4}$/, 'must be 1 to 4 digits'),
  purePhoneNumber: z.string().regex(/^\d+$/, 'must be digits'),
  /** As WeChat prints it: numbers outside China carry their country code. Derived when absent. */
  phoneNumber: z.string().optional(),
});

/** What may be said of a WeChat user. Absent members keep their value, or take a default when the user is new. */
export const personOptions = z.strictObject({
  id: identifier.optional(),
  /** openid by appid; one that is not given is derived from the app and the user's id. */
  openids: z.record(appid, identifier).optional(),
  /** unionid by open platform account; derived when absent, too. */
  unionids: z.record(z.string().min(1), identifier).optional(),
  profile: profile.partial().optional(),
  phone: phone.optional(),
  /** A user whom WeChat considers a risk: 40226. */
  blocked: z.boolean().optional(),
});

export type Profile = z.infer<typeof profile>;
export type Phone = z.infer<typeof phone>;
export type PersonOptions = z.infer<typeof personOptions>;

/** A WeChat user: one person, whichever apps they use. */
export interface Person {
  readonly id: string;
  openids: Record<string, string>;
  unionids: Record<string, string>;
  profile: Profile;
  phone: Phone;
  blocked: boolean;
}

export const newPerson: Pick<Person, 'profile' | 'phone' | 'blocked'> = {
  profile: {
    nickName: 'Band',
    gender: 1,
    language: 'zh_CN',
    city: 'Guangzhou',
    province: 'Guangdong',
    country: 'CN',
    avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
  },
  phone: { countryCode: '86', purePhoneNumber: '13800138000' },
  blocked: false,
};
