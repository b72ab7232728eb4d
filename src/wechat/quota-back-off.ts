import { backOffAfter } from './wechat-errcodes.js';

/** A quota that is used up. */
export interface UsedUpQuota {
  readonly errcode: number;
  /** Whole seconds that are left of its period. */
  readonly retryAfter: number;
}

/** Which endpoints have a quota of one app used up, and until when. */
export class QuotaBackOff {
  private readonly usedUp = new Map<string, { readonly errcode: number; readonly until: number }>();

  /** Takes note of what WeChat has just answered. */
  learn(endpoint: string, errcode: number): void {
    const seconds = backOffAfter(errcode, endpoint);
    if (seconds === undefined) return;
    const until = Date.now() + seconds * 1000;
    // Of two calls that were under way, the longer period counts.
    if (until > (this.usedUp.get(endpoint)?.until ?? 0)) this.usedUp.set(endpoint, { errcode, until });
  }

  /** The quota because of which an endpoint is not called just now, if there is one. */
  of(endpoint: string): UsedUpQuota | undefined {
    const quota = this.usedUp.get(endpoint);
    const left = quota ? quota.until - Date.now() : 0;
    if (quota && left > 0) return { errcode: quota.errcode, retryAfter: Math.ceil(left / 1000) };
    this.usedUp.delete(endpoint);
    return undefined;
  }
}
