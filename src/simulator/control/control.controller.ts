import { Body, Controller, Delete, Get, HttpCode, Post, Query, UseFilters } from '@nestjs/common';
import { type LoggedCall } from '../endpoints/call-log.js';
import { fault, type Fault } from '../faults/fault.js';
import { appOptions, type App, type AppOptions } from '../state/app.js';
import { type EncryptedData } from '../state/encrypted-data.js';
import { personOptions, type Person, type PersonOptions } from '../state/person.js';
import { WechatState } from '../wechat-state.js';
import { ControlInput } from './control-input.pipe.js';
import {
  authorizationCodeRequest,
  callsQuery,
  clockRequest,
  codeRequest,
  encryptedDataRequest,
  phoneCodeRequest,
  type AuthorizationCodeRequest,
  type CallsQuery,
  type ClockRequest,
  type CodeRequest,
  type EncryptedDataRequest,
  type PhoneCodeRequest,
} from './control-requests.js';
import { InvalidControlRequestFilter } from './invalid-control-request.filter.js';

/**
 * What a WeChat user, an operator and an accident would do. JSON in, JSON out; a wrong or unknown field is 400.
 *
 * | request | body or query | answer |
 * | --- | --- | --- |
 * | `POST /simulator/apps` | `AppOptions`; a known `appid` is changed, members left out keep their value | 200, the app |
 * | `POST /simulator/users` | `PersonOptions`; a known `id` is changed | 200, the user with its openids and unionids |
 * | `POST /simulator/codes` | `appid`, `user` (a new one when absent), `profile` (real, placeholder, user_info) | 200 `{js_code, user}`; with `profile` also `encryptedData`, `iv` |
 * | `POST /simulator/phone-codes` | `appid`, `user` | 200 `{phone_code, user}` |
 * | `POST /simulator/authorization-codes` | `appid`, `user` (a new one when absent), `scope`, `snapshot` | 200 `{code, user}` |
 * | `POST /simulator/encrypted-data` | `appid`, `user`, `profile`, `patch`, `raw_control_characters` | 200 `{encryptedData, iv}` |
 * | `POST /simulator/faults` | `path`, `kind`, `times` (1; `"always"`), `delay_ms` and the kind's own members | 204 |
 * | `DELETE /simulator/faults` | | 204 |
 * | `GET /simulator/calls` | `?path=&appid=` | 200, the calls, oldest first |
 * | `DELETE /simulator/calls` | | 204 |
 * | `POST /simulator/clock` | `advance_ms` or `offset_ms` | 200 `{now, offset_ms}` in milliseconds |
 * | `POST /simulator/reset` | | 204; only the apps of the start are left |
 */
@Controller('simulator')
@UseFilters(InvalidControlRequestFilter)
export class ControlController {
  constructor(private readonly wechat: WechatState) {}

  @Post('apps')
  @HttpCode(200)
  addApp(@Body(new ControlInput(appOptions)) app: AppOptions): App {
    return this.wechat.addApp(app);
  }

  @Post('users')
  @HttpCode(200)
  addUser(@Body(new ControlInput(personOptions)) person: PersonOptions): Person {
    return this.wechat.addUser(person);
  }

  @Post('codes')
  @HttpCode(200)
  login(@Body(new ControlInput(codeRequest)) { appid, user, profile }: CodeRequest) {
    const app = this.wechat.apps.get(appid);
    const id = user ?? this.wechat.addUser().id;
    const js_code = this.wechat.login(app.appid, id);
    return { js_code, user: id, ...(profile && this.wechat.encryptedData(appid, id, profile)) };
  }

  @Post('phone-codes')
  @HttpCode(200)
  phoneCode(@Body(new ControlInput(phoneCodeRequest)) { appid, user }: PhoneCodeRequest) {
    return { phone_code: this.wechat.phoneCode(appid, user), user };
  }

  @Post('authorization-codes')
  @HttpCode(200)
  authorize(@Body(new ControlInput(authorizationCodeRequest)) request: AuthorizationCodeRequest) {
    const { appid, user, ...consent } = request;
    const app = this.wechat.apps.get(appid);
    const id = user ?? this.wechat.addUser().id;
    return { code: this.wechat.authorize(app.appid, id, consent), user: id };
  }

  @Post('encrypted-data')
  @HttpCode(200)
  encryptedData(@Body(new ControlInput(encryptedDataRequest)) request: EncryptedDataRequest): EncryptedData {
    const { appid, user, profile, ...options } = request;
    return this.wechat.encryptedData(appid, user, profile, options);
  }

  @Post('faults')
  @HttpCode(204)
  fault(@Body(new ControlInput(fault)) request: Fault): void {
    this.wechat.fault(request);
  }

  @Delete('faults')
  @HttpCode(204)
  clearFaults(): void {
    this.wechat.clearFaults();
  }

  @Get('calls')
  calls(@Query(new ControlInput(callsQuery)) query: CallsQuery): LoggedCall[] {
    return this.wechat.calls(query);
  }

  @Delete('calls')
  @HttpCode(204)
  clearCalls(): void {
    this.wechat.clearCalls();
  }

  @Post('clock')
  @HttpCode(200)
  setClock(@Body(new ControlInput(clockRequest)) { advance_ms, offset_ms }: ClockRequest) {
    const { clock } = this.wechat;
    clock.offsetMs = offset_ms ?? clock.offsetMs + (advance_ms ?? 0);
    return { now: clock.now(), offset_ms: clock.offsetMs };
  }

  @Post('reset')
  @HttpCode(204)
  reset(): void {
    this.wechat.reset();
  }
}
