import { Injectable } from '@nestjs/common';
import {
  profileFromPhoneNumber,
  profileFromUserInfo,
  type SourceProfile,
} from '../../../auth-sources/source-profile.js';
import { decryptEncryptedData } from '../../../wechat/encrypted-data.js';
import { type WechatApp } from '../../../wechat/wechat-app.js';
import { WechatClient, type WechatSession } from '../../../wechat/wechat.client.js';
import { InvalidGrant } from '../../oauth.errors.js';
import { GrantType, type ExternalSignIn, type GrantRequest, type GrantStrategy } from '../grant-strategy.js';
import { speakingOAuth } from '../wechat-error-translation.js';
import { wechatIdentities } from '../wechat-identities.js';
import { WechatJscodeParameters } from './wechat-jscode.parameters.js';

/**
 * WeChat Mini Program login: a one-time `js_code` for a session at WeChat.
 *
 * Who it is comes from that session alone, never from data that the client has sent.
 *
 * @see https://cloud.tencent.com/document/product/1441/68677
 */
@GrantType({
  grantType: 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode',
  parameters: WechatJscodeParameters,
  applicationTypes: ['mini_program'],
  authSourceTypes: ['wechat_mini_program'],
})
@Injectable()
export class WechatJscodeGrantStrategy implements GrantStrategy<WechatJscodeParameters> {
  constructor(private readonly wechat: WechatClient) {}

  async handle(parameters: WechatJscodeParameters, request: GrantRequest): Promise<ExternalSignIn> {
    const source = request.authSource!;
    const app = { appId: source.appId, appSecret: source.secret() };
    const session = await speakingOAuth(() => {
      if (parameters.getPhoneNumber) this.wechat.admitPhoneNumber(app);
      return this.wechat.code2Session(app, parameters.js_code);
    });
    return {
      kind: 'external',
      identities: wechatIdentities(source, session),
      // The encrypted data first: it may prove wrong, and the phone code is billed.
      profile: () =>
        speakingOAuth(async () => ({
          ...userInfo(parameters, app, session),
          ...(await this.phoneNumber(parameters, app, session)),
        })),
    };
  }

  private async phoneNumber(
    parameters: WechatJscodeParameters,
    app: WechatApp,
    session: WechatSession,
  ): Promise<SourceProfile> {
    if (!parameters.getPhoneNumber) return {};
    const phoneNumber = await this.wechat.getPhoneNumber(app, parameters.phone_code!, session.openid);
    if (phoneNumber.watermark.appid !== app.appId) throw new InvalidGrant('Mismatched parameter: phone_code');
    return profileFromPhoneNumber(phoneNumber);
  }
}

function userInfo(parameters: WechatJscodeParameters, app: WechatApp, session: WechatSession): SourceProfile {
  if (!parameters.getUserInfo) return {};
  return profileFromUserInfo(
    decryptEncryptedData(session, app.appId, parameters.encryptedData!, parameters.iv!),
  );
}
