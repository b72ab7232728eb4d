const DAY = 24 * 60 * 60 * 1000;
const PER_DAY = 20;
const APART = 30 * 1000;

/**
 * How often a mini program may have its access token replaced before its time: 20 times a day, 30 s apart.
 *
 * Counted in this process; WeChat counts for all of them and ignores what is too much.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken
 */
export class ForceRefreshAllowance {
  private readonly taken = new Map<string, number[]>();

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** Takes one replacement; false when none is left just now. */
  take(appId: string): boolean {
    const now = this.now();
    for (const [other, taken] of this.taken) if (now - taken.at(-1)! >= DAY) this.taken.delete(other);
    const recent = (this.taken.get(appId) ?? []).filter((at) => now - at < DAY);
    const last = recent.at(-1);
    const allowed = recent.length < PER_DAY && (last === undefined || now - last >= APART);
    if (allowed) recent.push(now);
    this.taken.set(appId, recent);
    return allowed;
  }
}
