import { type WechatCall } from './wechat-call.js';

/** One request to a WeChat endpoint. */
export interface LoggedCall {
  /** Milliseconds of the simulator's clock at its arrival. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  /** The appid it named, or that of the access token it carried. */
  readonly appid: string | null;
  readonly query: Record<string, string>;
  /** Parsed when it was JSON, else its text; null when empty. */
  readonly body: unknown;
  /** The HTTP status answered; null until then, and for ever when the connection hung or was reset. */
  status: number | null;
  /** The errcode answered, 0 for success; null as long as no JSON was answered. */
  errcode: number | null;
  /** The kind of the fault it met. */
  fault: string | null;
}

export interface CallFilter {
  path?: string;
  appid?: string;
}

const LIMIT = 10_000;

/** The last 10 000 requests to WeChat endpoints, oldest first. */
export class CallLog {
  private readonly calls: LoggedCall[] = [];

  begin(call: WechatCall, time: number, appid: string | undefined): LoggedCall {
    const logged: LoggedCall = {
      time,
      method: call.method,
      path: call.path,
      appid: appid ?? null,
      query: Object.fromEntries(call.query),
      body: call.body ?? null,
      status: null,
      errcode: null,
      fault: null,
    };
    if (this.calls.push(logged) > LIMIT) this.calls.shift();
    return logged;
  }

  matching({ path, appid }: CallFilter = {}): LoggedCall[] {
    return this.calls.filter(
      (call) => (path === undefined || call.path === path) && (appid === undefined || call.appid === appid),
    );
  }

  clear(): void {
    this.calls.length = 0;
  }
}
