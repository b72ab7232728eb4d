import { createHmac } from 'node:crypto';
import { All, Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { type JsonObject } from '../json-text.js';
import { type App } from '../state/app.js';
import { type Person, type Phone } from '../state/person.js';
import { WechatState } from '../wechat-state.js';
import { endpointPaths } from './endpoint-paths.js';
import { memberOf, queryOf, requirePostedObject, type WechatCall } from './wechat-call.js';
import { WechatError } from './wechat-error.js';
import { WechatGateway } from './wechat-gateway.js';

/** `/wxa/*`: calls that carry an access token of the app. */
@Controller()
export class WxaController {
  constructor(
    private readonly gateway: WechatGateway,
    private readonly state: WechatState,
  ) {}

  @All(endpointPaths.getuserphonenumber)
  getuserphonenumber(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'phone', (call) => this.phoneNumber(call));
  }

  @Get(endpointPaths.checksession)
  checksession(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'cgi', (call) => {
      this.checkSignature(this.authorise(call), call, 87009);
      return { errcode: 0, errmsg: 'ok' };
    });
  }

  @Get(endpointPaths.resetusersessionkey)
  resetusersessionkey(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.gateway.serve(request, response, 'cgi', (call) => {
      const app = this.authorise(call);
      const counter = `resetusersessionkey ${app.appid}`;
      const limit = app.reset_session_key_minute_quota;
      if (!this.state.quotas.takeMinute(counter, limit)) throw new WechatError(45011);
      const person = this.checkSignature(app, call, 87007);
      const openid = this.state.people.openid(app, person);
      return { errcode: 0, errmsg: 'ok', openid, session_key: this.state.sessionKeys.reset(app, person) };
    });
  }

  /** @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html */
  private phoneNumber(call: WechatCall): JsonObject {
    // The gateway turns a bad token away before it reads the body, so the code stays unspent.
    const app = this.authorise(call);
    const body = requirePostedObject(call);
    if (!app.phone_number_capability) throw new WechatError(48001);
    const counter = `getuserphonenumber ${app.appid}`;
    if (!this.state.quotas.takeMinute(counter, app.phone_minute_quota)) throw new WechatError(45011);
    if (!memberOf(body, 'code')) throw new WechatError(41008);
    const code = this.state.phoneCodes.find(memberOf(body, 'code'));
    if (!code || code.spent) throw new WechatError(40029);
    if (code.appid !== app.appid) throw new WechatError(40013);
    const openid = memberOf(body, 'openid');
    if (openid && openid !== this.state.people.openid(app, code.person)) throw new WechatError(40029);
    code.spent = true;
    const watermark = { timestamp: this.state.clock.seconds(), appid: app.appid };
    return { errcode: 0, errmsg: 'ok', phone_info: { ...phoneInfo(code.person.phone), watermark } };
  }

  private authorise(call: WechatCall): App {
    const checked = this.state.accessTokens.check(queryOf(call, 'access_token'));
    if ('errcode' in checked) throw new WechatError(checked.errcode);
    return this.state.apps.get(checked.appid);
  }

  /**
   * The signature of a login state: HMAC-SHA256 of the empty text under the session key's base64 text.
   *
   * @param noSession the errcode when the user has no valid session key
   * @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/checkSessionKey.html
   */
  private checkSignature(app: App, call: WechatCall, noSession: number): Person {
    const openid = queryOf(call, 'openid');
    const signature = queryOf(call, 'signature');
    if (!openid || !signature) throw new WechatError(40097);
    if (queryOf(call, 'sig_method') !== 'hmac_sha256') throw new WechatError(87008);
    const person = this.state.people.findByOpenid(app, openid);
    const sessionKey = person && this.state.sessionKeys.current(app, person);
    if (!person || sessionKey === undefined) throw new WechatError(noSession);
    const expected = createHmac('sha256', sessionKey).update('').digest('hex');
    if (signature !== expected) throw new WechatError(87009);
    return person;
  }
}

/** WeChat sends the country code as text, though its sample shows a number. */
function phoneInfo({ countryCode, purePhoneNumber, phoneNumber }: Phone): JsonObject {
  const printed = countryCode === '86' ? purePhoneNumber : countryCode + purePhoneNumber;
  return { phoneNumber: phoneNumber ?? printed, purePhoneNumber, countryCode };
}
