/**
 * A client address has sent more requests than `RATE_LIMIT_PER_MINUTE`, or an application more than
 * `RATE_LIMIT_PER_CLIENT_PER_MINUTE`.
 *
 * @see RFC 6585 §4
 */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';

  /** @param retryAfter whole seconds until requests are accepted again, at least 1 */
  constructor(readonly retryAfter: number) {
    super('Too many requests');
  }

  /** @param leftMs milliseconds of the window that are left */
  static until(leftMs: number): TooManyRequests {
    return new TooManyRequests(Math.max(1, Math.ceil(leftMs / 1000)));
  }
}
