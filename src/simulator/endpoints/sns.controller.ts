import { Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type JsonObject } from '../json-text.js';
import { type App } from '../state/app.js';
import { type OneTimeCode } from '../state/one-time-codes.js';
import { WechatState } from '../wechat-state.js';
import { checkPresent, checkSecret, checkWhitelist, findApp } from './app-credentials.js';
import { endpointPaths } from './endpoint-paths.js';
import { exchange } from './exchanged-code.js';
import { queryOf, type WechatCall } from './wechat-call.js';
import { WechatError } from './wechat-error.js';
import { WechatGateway } from './wechat-gateway.js';

/** `/sns/jscode2session`: a mini program's secret and a user's code for a session. */
@Controller()
export class SnsController {
  constructor(
    private readonly gateway: WechatGateway,
    private readonly state: WechatState,
  ) {}

  @Get(endpointPaths.jscode2session)
  jscode2session(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'sns', (call) => this.code2Session(call));
  }

  /** @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html */
  private code2Session(call: WechatCall): JsonObject {
    const credentials = { appid: queryOf(call, 'appid'), secret: queryOf(call, 'secret') };
    checkWhitelist(this.state, credentials.appid, 'jscode2session', call.address);
    checkPresent(credentials);
    if (!queryOf(call, 'js_code')) throw new WechatError(41008);
    if (queryOf(call, 'grant_type') !== 'authorization_code') throw new WechatError(40002);
    const app = findApp(this.state, credentials);
    checkSecret(app, credentials);
    const { person } = this.spend(app, queryOf(call, 'js_code'));
    if (person.blocked) throw new WechatError(40226);
    return {
      session_key: this.state.sessionKeys.ensure(app, person),
      openid: this.state.people.openid(app, person),
      ...(app.unionid && { unionid: this.state.people.unionid(app, person) }),
    };
  }

  private spend(app: App, jsCode: string): OneTimeCode {
    const code = this.state.jsCodes.find(jsCode);
    if (!code) throw new WechatError(40029);
    const counter = `jscode2session ${app.appid} ${code.person.id}`;
    if (!this.state.quotas.takeMinute(counter, app.minute_quota_per_user)) throw new WechatError(45011);
    exchange(code, app);
    return code;
  }
}
