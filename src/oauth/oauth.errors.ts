/** @see RFC 6749 §5.2 */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Every error that the OAuth endpoints answer with: one class for each wire code.
 *
 * `description` is public: ASCII without `"` and `\`, and nothing of the request in it. `cause` is private and only
 * logged. Causes that a caller must not tell apart share one description.
 *
 * @see RFC 6749 §5.2
 */
export abstract class OAuthError extends Error {
  /** The `error` of the answer. */
  abstract readonly error: string;
  readonly errorUri?: string;

  constructor(
    /** The `error_description` of the answer. */
    readonly description: string,
    cause?: unknown,
  ) {
    super(description, { cause });
    this.name = new.target.name;
    if (!DESCRIPTION.test(description)) throw new TypeError('An error_description is ASCII without " and \\');
  }
}

export class InvalidRequest extends OAuthError {
  readonly error = 'invalid_request';

  static missing(parameter: string): InvalidRequest {
    return new InvalidRequest(`Missing required parameter: ${parameter}`);
  }

  static invalid(parameter: string): InvalidRequest {
    return new InvalidRequest(`Invalid parameter: ${parameter}`);
  }

  static repeated(parameter: string): InvalidRequest {
    return new InvalidRequest(`Repeated parameter: ${parameter}`);
  }
}

export class RequestBodyTooLarge extends InvalidRequest {
  constructor() {
    super('Request body too large');
  }
}

export class ReusedIdempotencyKey extends InvalidRequest {
  constructor() {
    super('Idempotency-Key was used with another request');
  }
}

export class MethodNotAllowed extends InvalidRequest {
  constructor(readonly allow: string) {
    super('Method not allowed');
  }
}

export class UnknownEndpoint extends InvalidRequest {
  constructor() {
    super('Not found');
  }
}

export class InvalidClient extends OAuthError {
  readonly error = 'invalid_client';

  constructor(
    cause: string,
    /** Private: the application that it claims to be, if there is such a one. */
    readonly clientId?: string,
  ) {
    super('Client authentication failed', cause);
  }
}

export class UnsupportedGrantType extends OAuthError {
  readonly error = 'unsupported_grant_type';
  override readonly errorUri = 'https://datatracker.ietf.org/doc/html/rfc6749#section-5.2';

  constructor() {
    super('OAuth 2.0 Parameter: grant_type');
  }
}

export class UnauthorizedClient extends OAuthError {
  readonly error = 'unauthorized_client';

  constructor() {
    super('Grant type not allowed for this application');
  }
}

export class InvalidScope extends OAuthError {
  readonly error = 'invalid_scope';

  constructor() {
    super('Scope not allowed for this application');
  }
}

/** CIAM's own code. @see https://cloud.tencent.com/document/product/1441/68677 */
export class InvalidAuthSource extends OAuthError {
  readonly error = 'invalid_auth_source';
}

/** What the client presented does not, or no longer, prove who signs in. */
export class InvalidGrant extends OAuthError {
  readonly error = 'invalid_grant';
}

/** The same request may succeed later. */
export class TemporarilyUnavailable extends OAuthError {
  readonly error = 'temporarily_unavailable';

  constructor(
    description: string,
    /** Whole seconds. */
    readonly retryAfter: number,
    cause?: unknown,
    /** Private: nothing of what the client presented has been used up. */
    readonly nothingSpent = false,
  ) {
    super(description, cause);
  }
}

export class ServerError extends OAuthError {
  readonly error = 'server_error';
}
