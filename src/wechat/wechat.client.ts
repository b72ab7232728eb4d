import { Injectable } from '@nestjs/common';
import { AppAccessTokens } from './app-access-tokens.js';
import { type WechatApp } from './wechat-app.js';
import { isAccessTokenRefused } from './wechat-errcodes.js';
import { WechatHttpClient } from './wechat-http.client.js';
import { phoneNumberReply, sessionReply, userAuthorizationReply, userInfoReply } from './wechat-replies.js';

/** Who signed in. */
export interface WechatSession {
  openid: string;
  /** Only when the mini program is bound to a WeChat Open Platform account. */
  unionid?: string;
  /** Base64 of 16 bytes. Held for the request; whoever has it can forge encrypted data. */
  sessionKey: string;
}

/** Who signed in to a website, an official account's page or a mobile app. */
export interface WechatUserAuthorization {
  openid: string;
  /** Only when the app is bound to a WeChat Open Platform account; of an official account not with `snsapi_base`. */
  unionid?: string;
  /** The user's own, which lives for 7200 s. Held for the request; whoever has it can read the profile. */
  accessToken: string;
  /** What the user has agreed to: `snsapi_base`, `snsapi_userinfo`, `snsapi_login`. */
  scope: string[];
  /** WeChat has shown a snapshot of the page, and made the user up. */
  isSnapshotUser: boolean;
}

/** A profile as the user shows it; since October 2021 without sex and region, which are 0 and empty. */
export interface WechatSnsUserInfo {
  /** Whose it is; the caller compares, as with `unionid`. */
  openid: string;
  unionid?: string;
  nickname?: string;
  /** 0 unknown, 1 male, 2 female. */
  sex?: number;
  province?: string;
  city?: string;
  country?: string;
  headimgurl?: string;
}

export interface WechatPhoneNumber {
  /** With the country code if the number is foreign to WeChat. */
  phoneNumber: string;
  purePhoneNumber: string;
  /** Digits only. */
  countryCode: string;
  /** For which mini program (`appid`) and when (`timestamp`, seconds) WeChat gave the number out; the caller compares. */
  watermark: { appid?: string; timestamp?: number };
}

const USER_INFO = '/sns/userinfo';
const PHONE_NUMBER = '/wxa/business/getuserphonenumber';

/** WeChat's interfaces that a sign-in needs. */
@Injectable()
export class WechatClient {
  constructor(
    private readonly http: WechatHttpClient,
    private readonly accessTokens: AppAccessTokens,
  ) {}

  /**
   * Exchanges a one-time `js_code`, which is spent whatever the outcome; it is never sent twice.
   *
   * @throws WechatCodeRejected, WechatUnavailable or WechatMisconfigured
   * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
   */
  code2Session(app: WechatApp, jsCode: string): Promise<WechatSession> {
    return this.http.call<WechatSession>({
      appId: app.appId,
      method: 'GET',
      path: '/sns/jscode2session',
      query: {
        appid: app.appId,
        secret: app.appSecret,
        js_code: jsCode,
        grant_type: 'authorization_code',
      },
      reply: sessionReply,
    });
  }

  /**
   * Exchanges the one-time code of an authorization page, a QR code or a mobile app, which is spent whatever the
   * outcome; it is never sent twice.
   *
   * @throws WechatCodeRejected, WechatUnavailable or WechatMisconfigured
   * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
   * @see https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
   */
  exchangeCode(app: WechatApp, code: string): Promise<WechatUserAuthorization> {
    return this.http.call<WechatUserAuthorization>({
      appId: app.appId,
      method: 'GET',
      path: '/sns/oauth2/access_token',
      query: { appid: app.appId, secret: app.appSecret, code, grant_type: 'authorization_code' },
      reply: userAuthorizationReply,
    });
  }

  /**
   * What the user shows of themselves; WeChat refuses (48001) when the scope allows it not.
   *
   * @throws WechatUnavailable or WechatMisconfigured
   * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
   */
  getUserInfo(
    { appId }: WechatApp,
    { accessToken, openid }: WechatUserAuthorization,
  ): Promise<WechatSnsUserInfo> {
    return this.http.call<WechatSnsUserInfo>({
      appId,
      method: 'GET',
      path: USER_INFO,
      query: { access_token: accessToken, openid, lang: 'zh_CN' },
      reply: userInfoReply,
    });
  }

  /**
   * To be asked before a code is spent for nothing: there is no user info to be had while its quota is used up.
   *
   * @throws WechatUnavailable that was not `sent`
   */
  admitUserInfo({ appId }: WechatApp): void {
    this.http.admit({ appId, path: USER_INFO });
  }

  /**
   * Exchanges a one-time phone code. WeChat refuses one that was not given to this `openid`.
   *
   * It is sent again only when WeChat refused our access token, which it does before it looks at the code.
   *
   * @throws WechatCodeRejected, WechatUnavailable or WechatMisconfigured
   * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber
   */
  async getPhoneNumber(app: WechatApp, code: string, openid: string): Promise<WechatPhoneNumber> {
    this.admitPhoneNumber(app);
    const accessToken = await this.accessTokens.get(app);
    try {
      return await this.phoneNumber(app, accessToken, code, openid);
    } catch (error) {
      if (!isAccessTokenRefused(error)) throw error;
      const renewed = await this.accessTokens.renew(app, accessToken);
      if (renewed === undefined) throw error;
      return this.phoneNumber(app, renewed, code, openid);
    }
  }

  /**
   * To be asked before a code is spent for nothing: there is no phone number to be had while its quota is used up.
   *
   * @throws WechatUnavailable that was not `sent`
   */
  admitPhoneNumber({ appId }: WechatApp): void {
    this.http.admit({ appId, path: PHONE_NUMBER });
  }

  private phoneNumber(
    { appId }: WechatApp,
    accessToken: string,
    code: string,
    openid: string,
  ): Promise<WechatPhoneNumber> {
    return this.http.call<WechatPhoneNumber>({
      appId,
      method: 'POST',
      path: PHONE_NUMBER,
      query: { access_token: accessToken },
      body: { code, openid },
      reply: phoneNumberReply,
    });
  }
}
