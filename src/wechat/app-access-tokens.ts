import { createHash } from 'node:crypto';
import { ForceRefreshAllowance } from './force-refresh-allowance.js';
import { type WechatApp } from './wechat-app.js';
import { type WechatHttpClient } from './wechat-http.client.js';
import { accessTokenReply } from './wechat-replies.js';
import { WechatUnavailable } from './wechat.errors.js';

/** Seconds before its end in which a token is no longer used. */
const MARGIN = 120;

interface AppAccessToken {
  readonly accessToken: string;
  /** Milliseconds since the epoch, the margin already taken off. */
  readonly usableUntil: number;
}

/**
 * The access token of each mini program, fetched once for all who need it at the same time.
 *
 * `stable_token` hands every instance, and the owner's other servers, the same token while it is valid; nobody's
 * fetch invalidates another's.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-access-token/api_getstableaccesstoken
 */
export class AppAccessTokens {
  private readonly tokens = new Map<string, AppAccessToken>();
  private readonly flights = new Map<string, Promise<string>>();
  private readonly forceRefreshes: ForceRefreshAllowance;

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly http: WechatHttpClient,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.forceRefreshes = new ForceRefreshAllowance(now);
  }

  /** @throws WechatUnavailable or WechatMisconfigured */
  async get(app: WechatApp): Promise<string> {
    const key = keyOf(app);
    const cached = this.tokens.get(key);
    if (cached && this.now() < cached.usableUntil) return cached.accessToken;
    return this.flights.get(key) ?? this.take(app, key, false);
  }

  /**
   * Another token in the place of one that WeChat has refused; undefined when there is none to be had.
   *
   * @throws WechatUnavailable or WechatMisconfigured
   */
  async renew(app: WechatApp, refused: string): Promise<string | undefined> {
    const key = keyOf(app);
    this.drop(key, refused);
    let token = await this.get(app);
    if (token === refused) token = await this.replace(app, key, refused);
    return token === refused ? undefined : token;
  }

  /** WeChat still hands out the token that it refuses: makes it issue another, if that is allowed just now. */
  private async replace(app: WechatApp, key: string, refused: string): Promise<string> {
    this.drop(key, refused);
    const flight = this.flights.get(key);
    if (flight) return flight;
    return this.forceRefreshes.take(app.appId) ? this.take(app, key, true) : refused;
  }

  /** Removes the token only if nobody has renewed it in the meantime. */
  private drop(key: string, accessToken: string): void {
    if (this.tokens.get(key)?.accessToken === accessToken) this.tokens.delete(key);
  }

  private take(app: WechatApp, key: string, force: boolean): Promise<string> {
    const flight = this.fetch(app, key, force).finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }

  private async fetch(app: WechatApp, key: string, force: boolean): Promise<string> {
    const now = this.now();
    // Whoever joins this flight later waits no longer than for a call of his own.
    const deadline = this.http.deadline();
    const attempt = () => this.stableToken(app, force, deadline);
    const { accessToken, expiresIn } = await attempt().catch((error: unknown) => {
      // A system error, and a fetch spends nothing; a forced one counts against the day's allowance.
      if (!force && error instanceof WechatUnavailable && error.errcode === -1) return attempt();
      throw error;
    });
    for (const [other, { usableUntil }] of this.tokens) if (usableUntil <= now) this.tokens.delete(other);
    // WeChat promises 300 s or more; a shorter life is used for its first half, so that it is never nothing.
    const usableFor = Math.max(expiresIn - MARGIN, expiresIn / 2);
    this.tokens.set(key, { accessToken, usableUntil: now + usableFor * 1000 });
    return accessToken;
  }

  private stableToken(app: WechatApp, force: boolean, deadline: AbortSignal) {
    return this.http.call({
      appId: app.appId,
      method: 'POST',
      path: '/cgi-bin/stable_token',
      body: {
        grant_type: 'client_credential',
        appid: app.appId,
        secret: app.appSecret,
        force_refresh: force,
      },
      reply: accessTokenReply,
      deadline,
    });
  }
}

/** A rotated secret has a token of its own; the secret itself is no key. */
function keyOf({ appId, appSecret }: WechatApp): string {
  return `${appId} ${createHash('sha256').update(appSecret).digest('base64')}`;
}
