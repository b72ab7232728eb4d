import { type Clock } from '../clock.js';
import { type App } from './app.js';
import { isAccessToken, randomAccessToken } from './identifiers.js';

/** WeChat's errcodes of a call whose access token does not do. */
export type AccessTokenErrcode = 40001 | 40014 | 41001 | 42001;

export interface IssuedToken {
  readonly access_token: string;
  /** Whole seconds that the token still lives. */
  readonly expires_in: number;
}

interface AccessToken {
  readonly appid: string;
  readonly value: string;
  expiresAt: number;
  /** When a successor puts an end to it. */
  supersededAt?: number;
}

const LIFETIME_MS = 7_200_000;
const OVERLAP_MS = 300_000;
const FORCE_INTERVAL_MS = 30_000;

/**
 * The access tokens of apps. Those of `/cgi-bin/token` and of `/cgi-bin/stable_token` never touch each other.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getAccessToken.html
 * @see https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
 */
export class AccessTokens {
  private readonly tokens = new Map<string, AccessToken>();
  private readonly classic = new Map<string, AccessToken>();
  private readonly stable = new Map<string, AccessToken>();
  private readonly forcedAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** `/cgi-bin/token`: always a new token; the one before dies after five minutes at most. */
  issue(app: App): IssuedToken {
    const now = this.clock.now();
    this.supersede(this.classic.get(app.appid), now + OVERLAP_MS);
    return answer(this.create(app, this.classic, now), now);
  }

  /** `/cgi-bin/stable_token`, normal mode: the same token, until its last five minutes. */
  keep(app: App): IssuedToken {
    const now = this.clock.now();
    const token = this.stable.get(app.appid);
    if (!token || token.expiresAt <= now) return answer(this.create(app, this.stable, now), now);
    if (token.expiresAt - now >= OVERLAP_MS) return answer(token, now);
    // The old token is given its full overlap, so that whoever holds it is never cut off early.
    token.expiresAt = now + OVERLAP_MS;
    this.supersede(token, now + OVERLAP_MS);
    return answer(this.create(app, this.stable, now), now);
  }

  /** Whether a forced refresh may happen by now: two of them are at least 30 s apart. */
  mayForce(app: App): boolean {
    const last = this.forcedAt.get(app.appid);
    return last === undefined || this.clock.now() - last >= FORCE_INTERVAL_MS;
  }

  /** `/cgi-bin/stable_token` with `force_refresh`: a new token, and the current one is dead at once. */
  force(app: App): IssuedToken {
    const now = this.clock.now();
    this.forcedAt.set(app.appid, now);
    this.supersede(this.stable.get(app.appid), now);
    return answer(this.create(app, this.stable, now), now);
  }

  /** The appid of a valid token, or the errcode that says what is wrong with it. */
  check(value: string): { appid: string } | { errcode: AccessTokenErrcode } {
    if (!value) return { errcode: 41001 };
    if (!isAccessToken(value)) return { errcode: 40014 };
    const token = this.tokens.get(value);
    const now = this.clock.now();
    if (!token || (token.supersededAt !== undefined && token.supersededAt <= now)) return { errcode: 40001 };
    return token.expiresAt <= now ? { errcode: 42001 } : { appid: token.appid };
  }

  /** The appid a token was made for, dead or alive. */
  ownerOf(value: string): string | undefined {
    return this.tokens.get(value)?.appid;
  }

  private create(app: App, realm: Map<string, AccessToken>, now: number): AccessToken {
    const value = randomAccessToken();
    const token: AccessToken = { appid: app.appid, value, expiresAt: now + LIFETIME_MS };
    this.tokens.set(value, token);
    realm.set(app.appid, token);
    return token;
  }

  private supersede(token: AccessToken | undefined, at: number): void {
    if (token) token.supersededAt = at;
  }
}

/** @param now the moment at which the token was found or made: its life is told by the same clock */
function answer({ value, expiresAt }: AccessToken, now: number): IssuedToken {
  return { access_token: value, expires_in: Math.floor((expiresAt - now) / 1000) };
}
