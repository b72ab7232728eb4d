import { Agent, request, type Dispatcher } from 'undici';
import { type WechatConfig } from '../config/wechat.config.js';
import { WechatFault, WechatUnavailable } from './wechat.errors.js';

/** No reply of WeChat's comes near it. */
const MAX_REPLY_BYTES = 256 * 1024;

/** Faults of the HTTP library that are about what was answered. */
const NOT_THE_PROTOCOL: ReadonlySet<string> = new Set(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'HTTPParserError']);

export interface WechatRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** One request for one reply, over connections that are kept. */
export class HttpExchange {
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

  /** @throws WechatUnavailable without errcode when there is no reply with status 200 before the deadline */
  async send(outgoing: WechatRequest, deadline: AbortSignal): Promise<Uint8Array> {
    let sent = false;
    try {
      deadline.throwIfAborted();
      const exchange = this.exchange(outgoing, deadline, () => (sent = true));
      const { status, bytes } = await until(deadline, exchange);
      // WeChat answers 200 to everything it understands; a redirect would carry the secret elsewhere.
      if (status !== 200) {
        const cause = new WechatFault('unusable', `HTTP status ${status}`);
        throw new WechatUnavailable({ endpoint: outgoing.path, cause });
      }
      return bytes;
    } catch (error) {
      if (error instanceof WechatUnavailable) throw error;
      throw new WechatUnavailable({ endpoint: outgoing.path, cause: faultOf(error), sent });
    }
  }

  /** Cuts the connections. */
  async end(): Promise<void> {
    await this.agent.destroy();
  }

  private async exchange(outgoing: WechatRequest, deadline: AbortSignal, started: () => void) {
    const url = new URL(this.config.apiBaseUrl + outgoing.path);
    url.search = new URLSearchParams(outgoing.query).toString();
    const response = await request(url, {
      dispatcher: this.agent.compose(tellingStart(started)),
      method: outgoing.method,
      headers: outgoing.body ? { 'content-type': 'application/json' } : {},
      // A string, for its Content-Length: WeChat answers 412 to a chunked body.
      body: outgoing.body ? JSON.stringify(outgoing.body) : null,
      signal: deadline,
    });
    return { status: response.statusCode, bytes: await response.body.bytes() };
  }
}

/** The library looks at its signal only once it is connected: the deadline is not to wait for that. */
async function until<Value>(deadline: AbortSignal, work: Promise<Value>): Promise<Value> {
  let passed: () => void;
  const over = new Promise<never>((_, reject) => {
    passed = () => reject(deadline.reason as Error);
    deadline.addEventListener('abort', passed);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    deadline.removeEventListener('abort', passed!);
  }
}

/** Tells when the HTTP library is about to write the request: until then, nothing of it can have been sent. */
function tellingStart(started: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (...args) => {
        started();
        handler.onRequestStart?.(...args);
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    });
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
