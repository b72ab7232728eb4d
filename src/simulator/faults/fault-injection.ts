import { jsonReply, type WechatReply } from '../endpoints/wechat-reply.js';
import { mergePatch, type JsonObject, withRawControlCharacters } from '../json-text.js';
import { type Fault } from './fault.js';

/** The call that a fault befalls. */
interface FaultyCall {
  readonly contentType: string;
  /** Does what the endpoint does, and gives its answer. */
  work(): JsonObject;
  /** The answer of an errcode in the endpoint's own punctuation. */
  refuse(errcode: number): JsonObject;
}

const OVERSIZE_BYTES = 524_288;

/** What a call that meets a fault is answered, or what becomes of its connection instead. */
export function injectFault(fault: Fault, call: FaultyCall): WechatReply | 'hang' | 'reset' {
  if ('spend' in fault && fault.spend) call.work();
  switch (fault.kind) {
    case 'delay':
      return jsonReply(call.contentType, call.work());
    case 'errcode': {
      const { errcode, errmsg } = fault;
      return jsonReply(call.contentType, errmsg === undefined ? call.refuse(errcode) : { errcode, errmsg });
    }
    case 'hang':
    case 'reset':
      return fault.kind;
    case 'empty_body':
      return html('');
    case 'html_body':
      return html('<html><head><title>502 Bad Gateway</title></head><body></body></html>');
    case 'raw':
      return {
        status: fault.status ?? 200,
        headers: fault.headers ?? {},
        body: fault.body ?? '',
        errcode: null,
      };
    case 'oversize_body': {
      const reply = jsonReply(call.contentType, call.work());
      return { ...reply, body: reply.body.padEnd(fault.bytes ?? OVERSIZE_BYTES) };
    }
    case 'merge': {
      const reply = jsonReply(call.contentType, mergePatch(call.work(), fault.patch));
      return fault.raw_control_characters ? { ...reply, body: withRawControlCharacters(reply.body) } : reply;
    }
  }
}

/** HTTP 200 with a body that is not JSON, under the content type that was seen with it. */
function html(body: string): WechatReply {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=gbk' }, body, errcode: null };
}
