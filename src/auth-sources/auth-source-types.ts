import { Injectable } from '@nestjs/common';

/** WeChat's: each is one account of ours there, and has an `app_id`. */
export const WECHAT_SOURCE_TYPES = [
  'wechat_mini_program',
  'wechat_website',
  'wechat_official_account',
  'wechat_mobile_app',
] as const;

/**
 * What kind of account an auth source is: one of WeChat's, or a type that a grant has declared.
 *
 * @publicApi
 */
export type AuthSourceType = (typeof WECHAT_SOURCE_TYPES)[number] | (string & {});

export function isWechatSource(type: AuthSourceType): boolean {
  return (WECHAT_SOURCE_TYPES as readonly string[]).includes(type);
}

/** The types that an auth source may have: WeChat's, and those that grants accept. */
@Injectable()
export class AuthSourceTypes {
  private readonly known = new Set<string>(WECHAT_SOURCE_TYPES);

  add(type: AuthSourceType): void {
    this.known.add(type);
  }

  has(type: AuthSourceType): boolean {
    return this.known.has(type);
  }

  /** WeChat's first. */
  names(): string[] {
    return [...this.known];
  }
}
