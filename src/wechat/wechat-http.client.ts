import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type z } from 'zod';
import { WechatConfig } from '../config/wechat.config.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { AppCircuits } from './app-circuits.js';
import { HttpExchange, type WechatRequest } from './http-exchange.client.js';
import { classify } from './wechat-errcodes.js';
import { parseWechatJson } from './wechat-json.js';
import { WechatMetrics } from './wechat-metrics.js';
import { type WechatReply } from './wechat-replies.js';
import { WechatFault, WechatUnavailable } from './wechat.errors.js';

const utf8 = new TextDecoder();

export interface WechatCall<Value> extends WechatRequest {
  /** The app for which it is made. */
  readonly appId: string;
  readonly reply: z.ZodType<WechatReply<Value>>;
  /** Shared by calls that have to be over together; by default the call has a deadline of its own. */
  readonly deadline?: AbortSignal;
}

/**
 * Sends one request to WeChat, once: whatever goes wrong, nothing in here sends it again. Or not at all, when the app's
 * circuit refuses it.
 */
@Injectable()
export class WechatHttpClient implements OnApplicationShutdown {
  private readonly exchange: HttpExchange;

  constructor(
    private readonly config: WechatConfig,
    private readonly metrics: WechatMetrics = new WechatMetrics(new MetricsRegistry()),
    private readonly circuits: AppCircuits = new AppCircuits(metrics),
  ) {
    this.exchange = new HttpExchange(config);
  }

  /** Ends when one call that begins now has to be over: turn, connection, request and whole reply. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.config.timeoutMs);
  }

  /** @throws WechatUnavailable that was not `sent`, when such a call would be refused just now */
  admit({ appId, path }: { readonly appId: string; readonly path: string }): void {
    this.circuits.of(appId).admit(path);
  }

  /**
   * @throws WechatCodeRejected, WechatUnavailable or WechatMisconfigured by WeChat's errcode;
   * WechatUnavailable without errcode when there was no reply that the protocol knows, or the call was not made
   */
  call<Value>(call: WechatCall<Value>): Promise<Value> {
    return call.deadline ? this.sendBefore(call.deadline, call) : this.sendInTime(call);
  }

  /** After the HTTP server has answered its last request, which may need us until then. */
  async onApplicationShutdown(): Promise<void> {
    await this.exchange.end();
  }

  /** With a timer of its own, which goes with the call: `AbortSignal.timeout` would outlive it, thousands at a time. */
  private async sendInTime<Value>(call: WechatCall<Value>): Promise<Value> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(outOfTime()), this.config.timeoutMs).unref();
    try {
      return await this.sendBefore(deadline.signal, call);
    } finally {
      clearTimeout(timer);
    }
  }

  private sendBefore<Value>(deadline: AbortSignal, call: WechatCall<Value>): Promise<Value> {
    // Who has waited for longer would spend the code, and have too little time left for the answer.
    const patienceMs = this.config.timeoutMs / 2;
    const measured = () => this.measured(call.path, this.answer(call, deadline));
    return this.circuits.of(call.appId).run(call.path, patienceMs, measured);
  }

  private async measured<Value>(endpoint: string, answer: Promise<Value>): Promise<Value> {
    const start = performance.now();
    const done = (error?: unknown) =>
      this.metrics.request(endpoint, (performance.now() - start) / 1000, error);
    try {
      const value = await answer;
      done();
      return value;
    } catch (error) {
      done(error);
      throw error;
    }
  }

  private async answer<Value>(call: WechatCall<Value>, deadline: AbortSignal): Promise<Value> {
    const reply = call.reply.safeParse(parse(await this.exchange.send(call, deadline), call.path));
    if (!reply.success) throw unusable(call.path, 'unexpected reply');
    if (!reply.data.ok) {
      const { errcode, rid, ip } = reply.data;
      throw classify(errcode, { endpoint: call.path, rid, ip });
    }
    return reply.data.value;
  }
}

/** What `AbortSignal.timeout` ends with. */
function outOfTime(): DOMException {
  return new DOMException('The call took too long', 'TimeoutError');
}

function parse(bytes: Uint8Array, endpoint: string): unknown {
  try {
    // By its bytes: WeChat sends JSON as text/plain without a charset.
    return parseWechatJson(utf8.decode(bytes));
  } catch {
    throw unusable(endpoint, 'reply is not JSON');
  }
}

function unusable(endpoint: string, fault: string): WechatUnavailable {
  return new WechatUnavailable({ endpoint, cause: new WechatFault('unusable', fault) });
}
