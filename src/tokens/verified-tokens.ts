import { hash, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Tokens that are remembered; with their claims, some 6 MB. */
const LIMIT = 10_000;

interface Verified<Claims> {
  readonly kid: string;
  readonly key: KeyObject;
  readonly claims: Claims;
}

/**
 * Tokens whose signatures were found to be right: that does not change as long as the key is published.
 *
 * Whether a token has expired, or its key is gone, does; whoever asks has to look. Of a token its SHA-256 is kept: a
 * token itself is a secret, and there is no need for it to stay in memory.
 */
export class VerifiedTokens<Claims extends { readonly exp: number }> {
  private readonly tokens = new LRUCache<string, Verified<Claims>>({ max: LIMIT });

  get size(): number {
    return this.tokens.size;
  }

  find(token: string): Verified<Claims> | undefined {
    return this.tokens.get(digest(token));
  }

  remember(token: string, verified: Verified<Claims>): void {
    this.tokens.set(digest(token), verified);
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
