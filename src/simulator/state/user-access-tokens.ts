import { type Clock } from '../clock.js';
import { type AccessTokenErrcode } from './access-tokens.js';
import { type Consent } from './consent.js';
import { isAccessToken, randomAccessToken } from './identifiers.js';
import { type Person } from './person.js';

/** What a user has agreed to in an app, and the tokens that speak for it. */
export interface UserAuthorization extends Consent {
  readonly appid: string;
  readonly person: Person;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
  accessToken: string;
  expiresAt: number;
}

const LIFETIME_MS = 7_200_000;
const REFRESH_LIFETIME_MS = 30 * 24 * 3_600_000;

/**
 * The access tokens of users: each speaks for one user in one app, and is nothing to `/cgi-bin` and `/wxa`.
 *
 * @see https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
 */
export class UserAccessTokens {
  private readonly byAccessToken = new Map<string, UserAuthorization>();
  private readonly byRefreshToken = new Map<string, UserAuthorization>();

  constructor(private readonly clock: Clock) {}

  /** Seconds that an access token lives. */
  get lifetime(): number {
    return LIFETIME_MS / 1000;
  }

  issue(appid: string, person: Person, { scope, snapshot }: Consent): UserAuthorization {
    const now = this.clock.now();
    const authorization: UserAuthorization = {
      appid,
      person,
      scope,
      snapshot,
      refreshToken: randomAccessToken(),
      refreshExpiresAt: now + REFRESH_LIFETIME_MS,
      accessToken: randomAccessToken(),
      expiresAt: now + LIFETIME_MS,
    };
    this.byAccessToken.set(authorization.accessToken, authorization);
    this.byRefreshToken.set(authorization.refreshToken, authorization);
    return authorization;
  }

  /** The same access token for longer, or another one when it has expired; the refresh token lives no longer for it. */
  refresh(appid: string, refreshToken: string): UserAuthorization | { errcode: 40030 | 42002 } {
    const authorization = this.byRefreshToken.get(refreshToken);
    const now = this.clock.now();
    if (authorization?.appid !== appid) return { errcode: 40030 };
    if (authorization.refreshExpiresAt <= now) return { errcode: 42002 };
    if (authorization.expiresAt <= now) {
      authorization.accessToken = randomAccessToken();
      this.byAccessToken.set(authorization.accessToken, authorization);
    }
    authorization.expiresAt = now + LIFETIME_MS;
    return authorization;
  }

  /** What a valid token speaks for, or the errcode that says what is wrong with it. */
  check(value: string): UserAuthorization | { errcode: AccessTokenErrcode } {
    if (!value) return { errcode: 41001 };
    if (!isAccessToken(value)) return { errcode: 40014 };
    const authorization = this.byAccessToken.get(value);
    if (!authorization) return { errcode: 40001 };
    const isOver = authorization.accessToken !== value || authorization.expiresAt <= this.clock.now();
    return isOver ? { errcode: 42001 } : authorization;
  }

  /** The appid a token was made for, dead or alive. */
  ownerOf(value: string): string | undefined {
    return this.byAccessToken.get(value)?.appid;
  }
}
