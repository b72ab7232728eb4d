import { isIP } from 'node:net';
import { z } from 'zod';

const RID = /rid: ?([0-9a-f]{8}(?:-[0-9a-f]{8}){2})(?![0-9a-f-])/i;
const REFUSED_IP = /invalid ip ([0-9a-f.:]{1,45})/i;

/** A number, which some gateways turn into text; null is as good as absent. */
const errcode = z.preprocess((value) => {
  if (value === null) return undefined;
  return typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;
}, z.int().optional());

/** An `errcode` other than 0. Of the free text in `errmsg` only the request id and our own address are kept. */
const refused = z
  .object({ errcode: errcode.pipe(z.int().refine((code) => code !== 0)), errmsg: z.string().catch('') })
  .transform(({ errcode, errmsg }) => {
    const ip = errcode === 40164 ? REFUSED_IP.exec(errmsg)?.[1] : undefined;
    return { ok: false as const, errcode, rid: RID.exec(errmsg)?.[1], ip: ip && isIP(ip) ? ip : undefined };
  });

/** WeChat says success by the absence of `errcode`, or by 0. */
function succeeded<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object({ errcode: errcode.pipe(z.literal(0).optional()), ...shape });
}

const identifier = z.string().regex(/^[\x21-\x7e]{1,128}$/);

/** Null and empty are as good as absent. */
const optionalIdentifier = z.preprocess(
  (value) => (value === null || value === '' ? undefined : value),
  identifier.optional(),
);

/** @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session */
export const sessionReply = z.union([
  refused,
  succeeded({
    openid: identifier,
    unionid: optionalIdentifier,
    session_key: z.string().regex(/^[A-Za-z0-9+/]{22}==$/),
  }).transform(({ openid, unionid, session_key }) => ({
    ok: true as const,
    value:
      unionid === undefined
        ? { openid, sessionKey: session_key }
        : { openid, unionid, sessionKey: session_key },
  })),
]);

const accessToken = z.string().regex(/^[\x21-\x7e]{1,4096}$/);

/** @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken */
export const accessTokenReply = z.union([
  refused,
  succeeded({
    access_token: accessToken,
    expires_in: z.number().positive(),
  }).transform(({ access_token, expires_in }) => ({
    ok: true as const,
    value: { accessToken: access_token, expiresIn: expires_in },
  })),
]);

/** Comma separated, with commas too many at times. */
const scope = z
  .string()
  .catch('')
  .transform((text) => text.split(/[,\s]+/).filter(Boolean));

/** 1, or not there; whatever else says that there is something is taken for 1. */
const snapshotUser = z
  .unknown()
  .optional()
  .transform((value) => ![undefined, null, '', 0, '0', false].includes(value as string));

/** @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
export const userAuthorizationReply = z.union([
  refused,
  succeeded({
    openid: identifier,
    unionid: optionalIdentifier,
    access_token: accessToken,
    scope,
    is_snapshotuser: snapshotUser,
  }).transform(({ openid, unionid, access_token, scope, is_snapshotuser }) => ({
    ok: true as const,
    value: {
      openid,
      ...(unionid === undefined ? {} : { unionid }),
      accessToken: access_token,
      scope,
      isSnapshotUser: is_snapshotuser,
    },
  })),
]);

const text = z.string().optional().catch(undefined);

/** @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html */
export const userInfoReply = z.union([
  refused,
  succeeded({
    openid: identifier,
    unionid: optionalIdentifier,
    nickname: text,
    sex: z
      .union([z.number(), z.string().regex(/^\d$/).transform(Number)])
      .optional()
      .catch(undefined),
    province: text,
    city: text,
    country: text,
    headimgurl: text,
  }).transform(({ openid, unionid, nickname, sex, province, city, country, headimgurl }) => ({
    ok: true as const,
    value: { openid, unionid, nickname, sex, province, city, country, headimgurl },
  })),
]);

const timestamp = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
]);

// The documentation's table types the country code as a string, its sample shows a number.
const countryCode = z.union([
  z.int().min(1).max(9999).transform(String),
  z
    .string()
    .regex(/^\+?[0-9]{1,4}$/)
    .transform((code) => code.replace('+', '')),
]);

/** @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber */
export const phoneNumberReply = z.union([
  refused,
  succeeded({
    phone_info: z.object({
      phoneNumber: z.string().max(64),
      purePhoneNumber: z.string().max(64),
      countryCode,
      watermark: z
        .object({
          appid: z.string().optional().catch(undefined),
          timestamp: timestamp.optional().catch(undefined),
        })
        .catch({}),
    }),
  }).transform(({ phone_info }) => ({ ok: true as const, value: phone_info })),
]);

/** What a call may answer: the value it was made for, or WeChat's refusal. */
export type WechatReply<Value> = { readonly ok: true; readonly value: Value } | z.output<typeof refused>;
