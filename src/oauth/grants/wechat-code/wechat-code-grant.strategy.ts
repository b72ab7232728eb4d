import { Injectable } from '@nestjs/common';
import { profileFromSnsUserInfo, type SourceProfile } from '../../../auth-sources/source-profile.js';
import { type WechatApp } from '../../../wechat/wechat-app.js';
import { WechatClient, type WechatUserAuthorization } from '../../../wechat/wechat.client.js';
import { InvalidGrant } from '../../oauth.errors.js';
import { GrantType, type ExternalSignIn, type GrantRequest, type GrantStrategy } from '../grant-strategy.js';
import { speakingOAuth } from '../wechat-error-translation.js';
import { wechatIdentities } from '../wechat-identities.js';
import { WechatCodeParameters } from './wechat-code.parameters.js';

/** With one of them WeChat shows the profile. */
const SHOWS_USER_INFO = ['snsapi_userinfo', 'snsapi_login'];

/**
 * WeChat login of websites, official accounts and mobile apps: a one-time code for the user's access token at WeChat.
 *
 * Who it is comes with that token alone, never from the profile that it opens.
 *
 * @see https://cloud.tencent.com/document/product/1441/68675
 */
@GrantType({
  grantType: 'http://tencentciam.com/oauth2/grant-type/social/wechat/code',
  parameters: WechatCodeParameters,
  applicationTypes: ['web', 'spa', 'mobile'],
  authSourceTypes: ['wechat_website', 'wechat_official_account', 'wechat_mobile_app'],
})
@Injectable()
export class WechatCodeGrantStrategy implements GrantStrategy<WechatCodeParameters> {
  constructor(private readonly wechat: WechatClient) {}

  async handle({ code, getUserInfo }: WechatCodeParameters, request: GrantRequest): Promise<ExternalSignIn> {
    const source = request.authSource!;
    const app = { appId: source.appId, appSecret: source.secret() };
    const authorization = await speakingOAuth(() => {
      if (getUserInfo) this.wechat.admitUserInfo(app);
      return this.wechat.exchangeCode(app, code);
    });
    // Made up by WeChat: nobody would ever come back to that account.
    if (authorization.isSnapshotUser) throw new InvalidGrant('WeChat snapshot user');
    return {
      kind: 'external',
      identities: wechatIdentities(source, authorization),
      profile: () => (getUserInfo ? this.userInfo(app, authorization) : Promise.resolve({})),
    };
  }

  private async userInfo(app: WechatApp, authorization: WechatUserAuthorization): Promise<SourceProfile> {
    const { openid, unionid, scope } = authorization;
    if (!scope.some((each) => SHOWS_USER_INFO.includes(each))) {
      throw new InvalidGrant('WeChat scope does not allow getUserInfo');
    }
    const info = await speakingOAuth(() => this.wechat.getUserInfo(app, authorization));
    // A unionid that only the profile has is no contradiction, and nothing to identify anybody by.
    const isAnothers = info.openid !== openid || (unionid && info.unionid && info.unionid !== unionid);
    if (isAnothers) throw new InvalidGrant('Mismatched parameter: code', 'the user info is of somebody else');
    return profileFromSnsUserInfo(info);
  }
}
