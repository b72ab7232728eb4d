import { type Request } from 'express';
import { isJsonObject, type JsonObject } from '../json-text.js';
import { WechatError } from './wechat-error.js';

/** A request to WeChat, read but not yet judged. */
export interface WechatCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed when it was JSON, else its text; undefined when empty. */
  readonly body: unknown;
  /** The caller's IPv4 address, or an IPv6 address that maps none. */
  readonly address: string;
}

export function readCall(request: Request): WechatCall {
  const url = new URL(request.originalUrl, 'http://wechat.invalid');
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    body: readBody(request.body),
    address: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  };
}

/** A query parameter; one that is absent and one that is empty are the same to WeChat. */
export function queryOf(call: WechatCall, name: string): string {
  return call.query.get(name) ?? '';
}

/** A member of a JSON body; what is not a string counts as absent. */
export function memberOf(body: JsonObject, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

/** @throws WechatError 43002 for another method, 44002 for an empty body, 47001 for what is no JSON object */
export function requirePostedObject(call: WechatCall): JsonObject {
  if (call.method !== 'POST') throw new WechatError(43002);
  if (call.body === undefined) throw new WechatError(44002);
  if (!isJsonObject(call.body)) throw new WechatError(47001);
  return call.body;
}

function readBody(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined;
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
