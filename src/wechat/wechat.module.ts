import { Module } from '@nestjs/common';
import { AppAccessTokens } from './app-access-tokens.js';
import { WechatHttpClient } from './wechat-http.client.js';
import { WechatClient } from './wechat.client.js';

/** WeChat over HTTP; knows nothing of OAuth or of our users. */
@Module({
  providers: [
    WechatHttpClient,
    {
      provide: AppAccessTokens,
      inject: [WechatHttpClient],
      useFactory: (http: WechatHttpClient) => new AppAccessTokens(http),
    },
    WechatClient,
  ],
  exports: [WechatClient],
})
export class WechatModule {}
