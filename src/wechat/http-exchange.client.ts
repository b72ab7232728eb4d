import { Pool } from 'undici';
import { type WechatConfig } from '../config/wechat.config.js';
import { HttpReply } from './http-reply.client.js';
import { WechatFault, WechatUnavailable } from './wechat.errors.js';

/** No reply of WeChat's comes near it. */
const MAX_REPLY_BYTES = 256 * 1024;

/** Faults of the HTTP library that are about what was answered. */
const NOT_THE_PROTOCOL: ReadonlySet<string> = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'HTTPParserError']);

const JSON_BODY = { 'content-type': 'application/json' };

export interface WechatRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** One request for one reply, over connections that are kept. */
export class HttpExchange {
  private readonly pool: Pool;
  /** What stands before every path; empty unless WeChat is behind somebody's gateway. */
  private readonly prefix: string;

  constructor(config: WechatConfig) {
    const { origin, pathname } = new URL(config.apiBaseUrl);
    this.prefix = pathname === '/' ? '' : pathname;
    this.pool = new Pool(origin, {
      // One request at a time on a connection: a broken one then fails its own request and no other's.
      pipelining: 1,
      maxResponseSize: MAX_REPLY_BYTES,
      connect: { timeout: config.timeoutMs },
      // The deadline covers the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** @throws WechatUnavailable without errcode when there is no reply with status 200 before the deadline */
  async send(outgoing: WechatRequest, deadline: AbortSignal): Promise<Uint8Array> {
    const reply = new HttpReply(deadline);
    // The deadline may have passed while the call waited for its turn.
    if (!deadline.aborted) this.dispatch(outgoing, reply);
    try {
      await reply.complete;
    } catch (error) {
      throw new WechatUnavailable({ endpoint: outgoing.path, cause: faultOf(error), sent: reply.requested });
    }
    // WeChat answers 200 to everything it understands; a redirect would carry the secret elsewhere.
    if (reply.status === 200) return reply.bytes;
    const cause = new WechatFault('unusable', `HTTP status ${reply.status}`);
    throw new WechatUnavailable({ endpoint: outgoing.path, cause });
  }

  /** Cuts the connections. */
  async end(): Promise<void> {
    await this.pool.destroy();
  }

  /** Without the library's own `request`: its streams, signals and composed handlers cost more than the exchange. */
  private dispatch({ method, path, query, body }: WechatRequest, reply: HttpReply): void {
    const search = query ? `?${new URLSearchParams(query).toString()}` : '';
    this.pool.dispatch(
      {
        method,
        path: this.prefix + path + search,
        headers: body ? JSON_BODY : null,
        // A string, for its Content-Length: WeChat answers 412 to a chunked body.
        body: body ? JSON.stringify(body) : null,
      },
      reply,
    );
  }
}

/** By its code alone: errors of the HTTP library can hold bytes of the reply, which has the session key. */
function faultOf(error: unknown): WechatFault {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new WechatFault('deadline', 'deadline exceeded');
  }
  const fault = typeof code === 'string' ? code : String(name);
  return new WechatFault(NOT_THE_PROTOCOL.has(fault) ? 'unusable' : 'unreachable', fault);
}
