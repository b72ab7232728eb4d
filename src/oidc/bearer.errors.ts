/**
 * Errors of an endpoint that an access token opens; they are told in `WWW-Authenticate`, in CIAM's words.
 *
 * @see RFC 6750 §3.1, https://cloud.tencent.com/document/product/1441/64399
 */
export abstract class BearerError extends Error {
  abstract readonly error: string;

  constructor(readonly description: string) {
    super(description);
    this.name = new.target.name;
  }
}

/** There is no token, or more than one. */
export class InvalidBearerRequest extends BearerError {
  readonly error = 'invalid_request';
}

/** The token is no access token of ours, has expired, was revoked, or its user or application is kept out. */
export class InvalidToken extends BearerError {
  readonly error = 'invalid_token';

  constructor() {
    super('Error decoding JWT');
  }
}

export class InsufficientScope extends BearerError {
  readonly error = 'insufficient_scope';

  constructor() {
    super('The request requires higher privileges than provided by the access token.');
  }
}

/** The token is valid, its user has been deleted. */
export class UserNotFound extends Error {
  override readonly name = 'UserNotFound';
}
