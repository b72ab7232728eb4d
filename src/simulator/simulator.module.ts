import { type DynamicModule, Module } from '@nestjs/common';
import { ControlController } from './control/control.controller.js';
import { CgiBinController } from './endpoints/cgi-bin.controller.js';
import { SnsController } from './endpoints/sns.controller.js';
import { SnsOauth2Controller } from './endpoints/sns-oauth2.controller.js';
import { WechatGateway } from './endpoints/wechat-gateway.js';
import { WxaController } from './endpoints/wxa.controller.js';
import { WechatState } from './wechat-state.js';

/** A local WeChat: its endpoints, and `/simulator/*` to direct it. Imports nothing of the service. */
@Module({
  controllers: [SnsController, SnsOauth2Controller, CgiBinController, WxaController, ControlController],
  providers: [WechatGateway],
})
export class SimulatorModule {
  static over(wechat: WechatState): DynamicModule {
    return { module: SimulatorModule, providers: [{ provide: WechatState, useValue: wechat }] };
  }
}
