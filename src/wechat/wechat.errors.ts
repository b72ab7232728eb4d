import { randomInt } from 'node:crypto';

/** What an operator needs to look a refusal up at WeChat; none of it is secret. */
export interface WechatRefusal {
  /** Path of the WeChat endpoint, without query. */
  readonly endpoint?: string;
  /** WeChat's request id, resolvable with `POST /cgi-bin/openapi/rid/get`. */
  readonly rid?: string;
  /** Our own address, as WeChat saw and refused it (40164). */
  readonly ip?: string;
}

/** The end of a message, for whoever looks the refusal up; empty when nothing is known. */
function whereabouts({ endpoint, rid }: WechatRefusal): string {
  return `${endpoint ? ` at ${endpoint}` : ''}${rid ? `, rid ${rid}` : ''}`;
}

/** The one-time code is wrong, used, expired or blocked; only a new code from the client helps. */
export class WechatCodeRejected extends Error {
  override readonly name = 'WechatCodeRejected';
  readonly endpoint?: string;
  readonly rid?: string;

  constructor(
    readonly errcode: number,
    refusal: WechatRefusal = {},
  ) {
    super(`WeChat rejected the code: errcode ${errcode}${whereabouts(refusal)}`);
    this.endpoint = refusal.endpoint;
    this.rid = refusal.rid;
  }
}

/** What kept a call from a usable answer; holds nothing of the request or the reply. */
export class WechatFault extends Error {
  override readonly name = 'WechatFault';

  /** @param kind `refused` by ourselves, out of time, no connection or a broken one, or not the protocol */
  constructor(
    readonly kind: 'refused' | 'deadline' | 'unreachable' | 'unusable',
    message: string,
  ) {
    super(message);
  }
}

/**
 * WeChat did not answer, answered with something else than its protocol, or asked us to come back later.
 *
 * `cause` names the fault and holds nothing of the request or the reply.
 */
export class WechatUnavailable extends Error {
  override readonly name = 'WechatUnavailable';
  /** Absent when there was no usable reply. */
  readonly errcode?: number;
  /** Seconds. */
  readonly retryAfter: number;
  readonly endpoint?: string;
  readonly rid?: string;
  /**
   * Whether the request may have reached WeChat. False when it is certain that nothing of it was written: the code that it
   * would have carried is as good as before. Of this one call: another of the same login may have been sent.
   */
  readonly sent: boolean;

  constructor(
    options: WechatRefusal & {
      readonly errcode?: number;
      readonly retryAfter?: number;
      /** True when absent. */
      readonly sent?: boolean;
      readonly cause?: WechatFault;
    },
  ) {
    const reason =
      options.errcode === undefined
        ? (options.cause?.message ?? 'no usable reply')
        : `errcode ${options.errcode}${options.sent === false ? ', not asked again yet' : ''}`;
    super(
      `WeChat is unavailable: ${reason}${whereabouts(options)}`,
      options.cause && { cause: options.cause },
    );
    this.sent = options.sent ?? true;
    this.errcode = options.errcode;
    // Spread out, so that the clients of an outage do not all come back in the same second.
    this.retryAfter = options.retryAfter ?? randomInt(1, 6);
    this.endpoint = options.endpoint;
    this.rid = options.rid;
  }
}

/** WeChat refuses us, not the user: credentials, permissions, whitelist, or a request that we built wrongly. */
export class WechatMisconfigured extends Error {
  override readonly name = 'WechatMisconfigured';
  readonly endpoint?: string;
  readonly rid?: string;
  readonly ip?: string;

  constructor(
    readonly errcode: number,
    refusal: WechatRefusal & { readonly meaning?: string } = {},
  ) {
    super(
      `WeChat refuses our configuration: errcode ${errcode}${refusal.meaning ? ` (${refusal.meaning})` : ''}` +
        whereabouts(refusal),
    );
    this.endpoint = refusal.endpoint;
    this.rid = refusal.rid;
    this.ip = refusal.ip;
  }
}

/** The encrypted data and this session do not belong together, or it is no encrypted data at all. */
export class WechatDataUndecryptable extends Error {
  override readonly name = 'WechatDataUndecryptable';

  constructor() {
    super('The encrypted data cannot be decrypted with this session');
  }
}

/** The data was decrypted, and speaks of another mini program or another user. */
export class WechatDataMismatch extends Error {
  override readonly name = 'WechatDataMismatch';

  constructor(readonly member: 'watermark' | 'openId' | 'unionId') {
    super(`The decrypted data has the ${member} of somebody else, or none`);
  }
}
