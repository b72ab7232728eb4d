import { REFRESH_MAX_TTL, REFRESH_TTL, REUSE_INTERVAL, type ClientName, type UserName } from './settings.js';
import { type Refusal } from './verdict.js';

/** Somebody who has signed in; after a deletion the same user comes back as another person. */
export interface Person {
  readonly number: number;
  readonly user: UserName;
  status: 'NORMAL' | 'LOCK' | 'FREEZE' | 'DELETED';
}

export interface RefreshToken {
  readonly number: number;
  readonly expiresAt: number;
  consumedAt?: number;
}

/** One sign-in and its refresh tokens in the order in which they were issued: the last one is unused. */
export class Family {
  readonly tokens: RefreshToken[] = [];
  readonly endsAt: number;
  /** Revoked, or given up after a theft. */
  ended = false;
  stolen = false;
  /** What the client goes on with: not the current one, after a lost answer. */
  held: RefreshToken;

  constructor(
    readonly client: ClientName,
    readonly person: Person,
    readonly scopes: readonly string[],
    signedInAt: number,
    firstToken: number,
  ) {
    this.endsAt = signedInAt + REFRESH_MAX_TTL;
    this.held = this.issue(firstToken, signedInAt);
  }

  get current(): RefreshToken {
    return this.tokens.at(-1)!;
  }

  get previous(): RefreshToken | undefined {
    return this.tokens.at(-2);
  }

  issue(number: number, now: number): RefreshToken {
    const token = { number, expiresAt: Math.min(now + REFRESH_TTL, this.endsAt) };
    this.tokens.push(token);
    return token;
  }

  /** Why the token cannot be used, if so. */
  refusalOf(token: RefreshToken, now: number): Refusal | undefined {
    const { consumedAt } = token;
    if (this.ended) return 'token of an ended family';
    if (token.expiresAt <= now)
      return consumedAt === undefined ? 'unused token expired' : 'consumed token expired';
    if (consumedAt === undefined) return undefined;
    if (token !== this.previous) return 'consumed token after its successor';
    return now < consumedAt + REUSE_INTERVAL ? undefined : 'consumed token too late';
  }

  /** Whether it has a token that works. */
  isLive(now: number): boolean {
    return !this.ended && this.current.expiresAt > now;
  }
}
