import { type JsonObject, withEscapedSlashes } from '../json-text.js';

/** What is written on the connection. */
export interface WechatReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** For the call log: 0 for success, null when the body is no answer of WeChat's. */
  readonly errcode: number | null;
}

/** A JSON answer with HTTP 200, whatever its errcode, its slashes escaped. */
export function jsonReply(contentType: string, answer: JsonObject): WechatReply {
  return {
    status: 200,
    headers: { 'Content-Type': contentType },
    body: withEscapedSlashes(JSON.stringify(answer)),
    errcode: typeof answer.errcode === 'number' ? answer.errcode : 0,
  };
}
