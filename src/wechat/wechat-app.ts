/** A mini program, website, official account or mobile app as WeChat knows it. */
export interface WechatApp {
  /** `wx` and 16 hex digits. */
  readonly appId: string;
  /** AppSecret; travels in queries and bodies to WeChat and nowhere else. */
  readonly appSecret: string;
}
