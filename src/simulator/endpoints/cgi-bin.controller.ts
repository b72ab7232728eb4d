import { All, Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type IssuedToken } from '../state/access-tokens.js';
import { type App } from '../state/app.js';
import { WechatState } from '../wechat-state.js';
import {
  checkPresent,
  checkSecret,
  checkWhitelist,
  findApp,
  type AppCredentials,
} from './app-credentials.js';
import { endpointPaths } from './endpoint-paths.js';
import { memberOf, queryOf, requirePostedObject, type WechatCall } from './wechat-call.js';
import { WechatError } from './wechat-error.js';
import { WechatGateway } from './wechat-gateway.js';

const ACCOUNT_ERRCODES = { limited: 50002, punished: 50004, frozen: 50007 } as const;

/** `/cgi-bin/*`: the app's own access tokens. */
@Controller()
export class CgiBinController {
  constructor(
    private readonly gateway: WechatGateway,
    private readonly state: WechatState,
  ) {}

  @Get(endpointPaths.token)
  token(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'cgi', (call) => ({ ...this.issue(call) }));
  }

  @All(endpointPaths.stable_token)
  stableToken(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'cgi', (call) => ({ ...this.keep(call) }));
  }

  /** @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html */
  private issue(call: WechatCall): IssuedToken {
    const credentials = { appid: queryOf(call, 'appid'), secret: queryOf(call, 'secret') };
    checkWhitelist(this.state, credentials.appid, 'token', call.address);
    const app = this.authenticate(credentials, queryOf(call, 'grant_type'));
    if (!this.state.quotas.takeDay(`token ${app.appid}`, app.token_daily_quota)) throw new WechatError(45009);
    return this.state.accessTokens.issue(app);
  }

  /** @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html */
  private keep(call: WechatCall): IssuedToken {
    const body = requirePostedObject(call);
    const credentials = { appid: memberOf(body, 'appid'), secret: memberOf(body, 'secret') };
    checkWhitelist(this.state, credentials.appid, 'stable_token', call.address);
    const app = this.authenticate(credentials, memberOf(body, 'grant_type'));
    const { quotas, accessTokens } = this.state;
    const counter = `stable_token ${app.appid}`;
    if (!quotas.takeMinute(`${counter} minute`, app.stable_token_minute_quota)) throw new WechatError(45011);
    if (!quotas.takeDay(`${counter} day`, app.stable_token_daily_quota)) throw new WechatError(45009);
    if (body.force_refresh !== true || !accessTokens.mayForce(app)) return accessTokens.keep(app);
    if (!quotas.takeDay(`${counter} force`, app.force_refresh_daily_quota)) throw new WechatError(45009);
    return accessTokens.force(app);
  }

  /** An unknown appid is reported before a wrong grant_type, and that before a wrong secret. */
  private authenticate(credentials: AppCredentials, grantType: string): App {
    checkPresent(credentials);
    const app = findApp(this.state, credentials);
    if (grantType !== 'client_credential') throw new WechatError(40002);
    checkSecret(app, credentials);
    if (app.secret_frozen) throw new WechatError(40243);
    if (app.account !== 'normal') throw new WechatError(ACCOUNT_ERRCODES[app.account]);
    return app;
  }
}
