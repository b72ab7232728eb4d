import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import { type z } from 'zod';
import { WechatConfig } from '../config/wechat.config.js';
import { classify } from './wechat-errcodes.js';
import { parseWechatJson } from './wechat-json.js';
import { type WechatReply } from './wechat-replies.js';
import { WechatUnavailable } from './wechat.errors.js';

/** No reply of WeChat's comes near it. */
const MAX_REPLY_BYTES = 256 * 1024;

export interface WechatCall<Value> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly reply: z.ZodType<WechatReply<Value>>;
  /** Shared by calls that have to be over together; by default the call has a deadline of its own. */
  readonly deadline?: AbortSignal;
}

/** Sends one request to WeChat, once: whatever goes wrong, nothing in here sends it again. */
@Injectable()
export class WechatHttpClient implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(private readonly config: WechatConfig) {
    this.agent = new Agent({
      // One request at a time on a connection: a broken one then fails its own request and no other's.
      pipelining: 1,
      maxResponseSize: MAX_REPLY_BYTES,
      connect: { timeout: config.timeoutMs },
      // The deadline covers the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Ends when one call that begins now has to be over: connection, request and whole reply. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.config.timeoutMs);
  }

  /**
   * @throws WechatCodeRejected, WechatUnavailable or WechatMisconfigured by WeChat's errcode;
   * WechatUnavailable without errcode when there was no reply that the protocol knows
   */
  async call<Value>(call: WechatCall<Value>): Promise<Value> {
    const reply = call.reply.safeParse(parse(await this.send(call), call.path));
    if (!reply.success) throw unusable(call.path, 'unexpected reply');
    if (!reply.data.ok) {
      const { errcode, rid, ip } = reply.data;
      throw classify(errcode, { endpoint: call.path, rid, ip });
    }
    return reply.data.value;
  }

  /** After the HTTP server has answered its last request, which may need us until then. */
  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async send(call: WechatCall<unknown>): Promise<Uint8Array> {
    const url = new URL(this.config.apiBaseUrl + call.path);
    url.search = new URLSearchParams(call.query).toString();
    let status: number;
    let bytes: Uint8Array;
    try {
      const response = await request(url, {
        dispatcher: this.agent,
        method: call.method,
        headers: call.body ? { 'content-type': 'application/json' } : {},
        // A string, for its Content-Length: WeChat answers 412 to a chunked body.
        body: call.body ? JSON.stringify(call.body) : null,
        signal: call.deadline ?? this.deadline(),
      });
      status = response.statusCode;
      bytes = await response.body.bytes();
    } catch (error) {
      throw unusable(call.path, faultName(error));
    }
    // WeChat answers 200 to everything it understands; a redirect would carry the secret elsewhere.
    if (status !== 200) throw unusable(call.path, `HTTP status ${status}`);
    return bytes;
  }
}

function parse(bytes: Uint8Array, endpoint: string): unknown {
  try {
    // By its bytes: WeChat sends JSON as text/plain without a charset.
    return parseWechatJson(new TextDecoder().decode(bytes));
  } catch {
    throw unusable(endpoint, 'reply is not JSON');
  }
}

function unusable(endpoint: string, fault: string): WechatUnavailable {
  return new WechatUnavailable({ endpoint, cause: new Error(fault) });
}

/** The fault's code alone: errors of the HTTP library can hold bytes of the reply, which has the session key. */
function faultName(error: unknown): string {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (name === 'TimeoutError') return 'deadline exceeded';
  return typeof code === 'string' ? code : String(name);
}
