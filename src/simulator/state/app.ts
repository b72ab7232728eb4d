import { z } from 'zod';
import { isWhitelistEntry } from './ip-whitelist.js';

export const appid = z.string().regex(/^wx[0-9a-f]{16}$/, 'must be wx and 16 hexadecimal digits');
const quota = z.int().min(0);
const seconds = z.int().min(0);

/**
 * What may be said of an app: a mini program, a website, an official account or a mobile app. Absent members keep their value, or take the default when the app is new.
 * Quotas count calls; 0 switches one off.
 */
export const appOptions = z.strictObject({
  appid: appid.optional(),
  secret: z.string().min(1).optional(),
  /** Whether the app is bound to its open platform account: only then does anything carry a unionid. */
  unionid: z.boolean().optional(),
  open_platform_account: z.string().min(1).optional(),
  /** At most ten entries `1.2.3.4`, `1.2.3.*` or `1.2.3.0/24`; null switches the whitelist off. */
  ip_whitelist: z
    .array(z.string().refine(isWhitelistEntry, 'must be 1.2.3.4, 1.2.3.* or 1.2.3.0/24'))
    .max(10)
    .nullable()
    .optional(),
  /** The calls that the whitelist guards. */
  ip_whitelist_endpoints: z.array(z.enum(['jscode2session', 'token', 'stable_token'])).optional(),
  /** 40243 from the access token endpoints. */
  secret_frozen: z.boolean().optional(),
  /** limited 50002, punished 50004, frozen 50007 from the access token endpoints. */
  account: z.enum(['normal', 'limited', 'punished', 'frozen']).optional(),
  /** Without it the phone number endpoint answers 48001. */
  phone_number_capability: z.boolean().optional(),
  /** Whether wx.login makes a new session key: each time, after `session_key_min_period`, or never. */
  session_key_rotation: z.enum(['always', 'min_period', 'never']).optional(),
  session_key_min_period: seconds.optional(),
  session_key_ttl: seconds.min(1).optional(),
  /** jscode2session calls of one user in one minute. */
  minute_quota_per_user: quota.optional(),
  token_daily_quota: quota.optional(),
  stable_token_minute_quota: quota.optional(),
  stable_token_daily_quota: quota.optional(),
  force_refresh_daily_quota: quota.optional(),
  phone_minute_quota: quota.optional(),
  reset_session_key_minute_quota: quota.optional(),
});

export type AppOptions = z.infer<typeof appOptions>;

/** An app as the simulator knows it. */
export type App = Required<AppOptions>;

export const newApp: Omit<App, 'appid' | 'secret'> = {
  unionid: true,
  open_platform_account: 'default',
  ip_whitelist: null,
  ip_whitelist_endpoints: ['jscode2session', 'token', 'stable_token'],
  secret_frozen: false,
  account: 'normal',
  phone_number_capability: true,
  session_key_rotation: 'min_period',
  session_key_min_period: 300,
  session_key_ttl: 3 * 24 * 3600,
  minute_quota_per_user: 100,
  token_daily_quota: 2000,
  stable_token_minute_quota: 10_000,
  stable_token_daily_quota: 500_000,
  force_refresh_daily_quota: 20,
  phone_minute_quota: 0,
  reset_session_key_minute_quota: 60_000,
};
