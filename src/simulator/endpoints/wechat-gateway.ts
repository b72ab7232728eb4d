import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { injectFault } from '../faults/fault-injection.js';
import { isJsonObject, type JsonObject } from '../json-text.js';
import { WechatState } from '../wechat-state.js';
import { type LoggedCall } from './call-log.js';
import { errmsg, type Subsystem } from './errcodes.js';
import { queryOf, readCall, type WechatCall } from './wechat-call.js';
import { WechatError } from './wechat-error.js';
import { jsonReply, type WechatReply } from './wechat-reply.js';

/** The work of one endpoint. Throws WechatError for what WeChat refuses. */
type Endpoint = (call: WechatCall) => JsonObject;

/** What stands before every WeChat endpoint: the call log, the 412, the faults, the shape of answers. */
@Injectable()
export class WechatGateway {
  constructor(private readonly state: WechatState) {}

  async serve(request: Request, response: Response, subsystem: Subsystem, endpoint: Endpoint): Promise<void> {
    const call = readCall(request);
    const logged = this.state.callLog.begin(call, this.state.clock.now(), this.appidOf(call));
    if (request.method === 'POST' && request.headers['content-length'] === undefined) {
      return send(response, logged, { status: 412, headers: {}, body: '', errcode: null });
    }
    const work = () => this.answer(call, subsystem, endpoint);
    const contentType = subsystem === 'sns' ? 'text/plain' : 'application/json; encoding=utf-8';
    const fault = this.state.faults.take(call.path);
    if (!fault) return send(response, logged, jsonReply(contentType, work()));
    logged.fault = fault.kind;
    // Unreferenced, so that a long delay does not outlive the simulator.
    if (fault.delay_ms) await wait(fault.delay_ms, undefined, { ref: false });
    const refuse = (errcode: number) => this.refuse(errcode, subsystem, call);
    const outcome = injectFault(fault, { contentType, work, refuse });
    if (outcome === 'reset') request.socket.resetAndDestroy();
    else if (outcome !== 'hang') send(response, logged, outcome);
  }

  private answer(call: WechatCall, subsystem: Subsystem, endpoint: Endpoint): JsonObject {
    try {
      return endpoint(call);
    } catch (error) {
      if (error instanceof WechatError) return this.refuse(error.errcode, subsystem, call);
      throw error;
    }
  }

  private refuse(errcode: number, subsystem: Subsystem, call: WechatCall): JsonObject {
    return { errcode, errmsg: errmsg(errcode, subsystem, this.state.clock.seconds(), call.address) };
  }

  private appidOf(call: WechatCall): string | undefined {
    const named = isJsonObject(call.body) ? call.body.appid : call.query.get('appid');
    if (typeof named === 'string') return named;
    const accessToken = queryOf(call, 'access_token');
    return this.state.accessTokens.ownerOf(accessToken) ?? this.state.userAccessTokens.ownerOf(accessToken);
  }
}

/** Written without Express, which would put a charset into the content type. */
function send(response: Response, logged: LoggedCall, reply: WechatReply): void {
  logged.status = reply.status;
  logged.errcode = reply.errcode;
  const bytes = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': bytes.length });
  response.end(bytes);
}
