import { z } from 'zod';

/** What a WeChat user has agreed to on an authorization page, in a mobile app, or by scanning a website's code. */
export const consent = z.strictObject({
  /** Comma separated: `snsapi_base` or `snsapi_userinfo`; of a website `snsapi_login`. */
  scope: z
    .string()
    .regex(
      /^snsapi_(base|userinfo|login)(,snsapi_(base|userinfo|login))*$/,
      'must be snsapi_base, snsapi_userinfo or snsapi_login, comma separated',
    ),
  /** The page is shown as a snapshot, to a user who is not the real one. */
  snapshot: z.boolean(),
});

export type Consent = z.infer<typeof consent>;

/** Of somebody who has agreed to more than being recognised, on a page that is no snapshot. */
export function allowsUserInfo({ scope, snapshot }: Consent): boolean {
  return !snapshot && !isBase(scope);
}

/** Whether nothing but the openid may be known. */
export function isBase(scope: string): boolean {
  return scope.split(',').every((each) => each === 'snsapi_base');
}
