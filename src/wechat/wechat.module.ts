import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AppAccessTokens } from './app-access-tokens.js';
import { AppCircuits } from './app-circuits.js';
import { WechatHttpClient } from './wechat-http.client.js';
import { WechatMetrics } from './wechat-metrics.js';
import { WechatClient } from './wechat.client.js';

/** WeChat over HTTP; knows nothing of OAuth or of our users. */
@Module({
  imports: [MetricsModule],
  providers: [
    WechatMetrics,
    AppCircuits,
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
