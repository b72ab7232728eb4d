import { Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type JsonObject } from '../json-text.js';
import { type App } from '../state/app.js';
import { allowsUserInfo, isBase } from '../state/consent.js';
import { type UserAuthorization } from '../state/user-access-tokens.js';
import { WechatState } from '../wechat-state.js';
import { checkPresent, checkSecret, findApp } from './app-credentials.js';
import { endpointPaths } from './endpoint-paths.js';
import { exchange } from './exchanged-code.js';
import { queryOf, type WechatCall } from './wechat-call.js';
import { WechatError } from './wechat-error.js';
import { WechatGateway } from './wechat-gateway.js';

/**
 * `/sns/oauth2/*` and what its access tokens open: logins of websites, official accounts and mobile apps.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 * @see https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.html
 */
@Controller()
export class SnsOauth2Controller {
  constructor(
    private readonly gateway: WechatGateway,
    private readonly state: WechatState,
  ) {}

  @Get(endpointPaths.oauth2_access_token)
  accessToken(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'sns', (call) => this.exchangeCode(call));
  }

  @Get(endpointPaths.oauth2_refresh_token)
  refreshToken(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'sns', (call) => this.refresh(call));
  }

  @Get(endpointPaths.auth)
  auth(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'sns', (call) => {
      this.authorise(call);
      return { errcode: 0, errmsg: 'ok' };
    });
  }

  @Get(endpointPaths.userinfo)
  userinfo(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'sns', (call) => this.userInfo(call));
  }

  private exchangeCode(call: WechatCall): JsonObject {
    const credentials = { appid: queryOf(call, 'appid'), secret: queryOf(call, 'secret') };
    checkPresent(credentials);
    if (!queryOf(call, 'code')) throw new WechatError(41008);
    if (queryOf(call, 'grant_type') !== 'authorization_code') throw new WechatError(40002);
    const app = findApp(this.state, credentials);
    checkSecret(app, credentials);
    const code = this.state.authorizationCodes.find(queryOf(call, 'code'));
    if (!code) throw new WechatError(40029);
    exchange(code, app);
    if (code.person.blocked) throw new WechatError(40226);
    const authorization = this.state.userAccessTokens.issue(app.appid, code.person, code.consent!);
    return {
      ...this.tokens(app, authorization),
      ...(!isBase(authorization.scope) && this.unionid(app, authorization)),
      ...(authorization.snapshot && { is_snapshotuser: 1 }),
    };
  }

  private refresh(call: WechatCall): JsonObject {
    if (!queryOf(call, 'appid')) throw new WechatError(41002);
    if (!queryOf(call, 'refresh_token')) throw new WechatError(41003);
    if (queryOf(call, 'grant_type') !== 'refresh_token') throw new WechatError(40002);
    const app = findApp(this.state, { appid: queryOf(call, 'appid'), secret: '' });
    const refreshed = this.state.userAccessTokens.refresh(app.appid, queryOf(call, 'refresh_token'));
    if ('errcode' in refreshed) throw new WechatError(refreshed.errcode);
    return this.tokens(app, refreshed);
  }

  private userInfo(call: WechatCall): JsonObject {
    const authorization = this.authorise(call);
    if (!allowsUserInfo(authorization)) throw new WechatError(48001);
    const app = this.state.apps.get(authorization.appid);
    const { nickName, avatarUrl } = authorization.person.profile;
    return {
      openid: this.state.people.openid(app, authorization.person),
      nickname: nickName,
      // Nobody has been told of these since October 2021.
      ...{ sex: 0, language: '', city: '', province: '', country: '' },
      headimgurl: avatarUrl,
      privilege: [],
      ...this.unionid(app, authorization),
    };
  }

  /** The user's access token, and the openid that it is for. */
  private authorise(call: WechatCall): UserAuthorization {
    const checked = this.state.userAccessTokens.check(queryOf(call, 'access_token'));
    if ('errcode' in checked) throw new WechatError(checked.errcode);
    const openid = queryOf(call, 'openid');
    if (!openid) throw new WechatError(41009);
    const app = this.state.apps.get(checked.appid);
    if (openid !== this.state.people.openid(app, checked.person)) throw new WechatError(40003);
    return checked;
  }

  private tokens(app: App, { accessToken, refreshToken, person, scope }: UserAuthorization): JsonObject {
    return {
      access_token: accessToken,
      expires_in: this.state.userAccessTokens.lifetime,
      refresh_token: refreshToken,
      openid: this.state.people.openid(app, person),
      scope,
    };
  }

  private unionid(app: App, { person }: UserAuthorization): JsonObject {
    return app.unionid ? { unionid: this.state.people.unionid(app, person) } : {};
  }
}
