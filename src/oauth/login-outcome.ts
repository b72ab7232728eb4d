import {
  InvalidAuthSource,
  InvalidClient,
  InvalidGrant,
  InvalidRequest,
  InvalidScope,
  OAuthError,
  ServerError,
  TemporarilyUnavailable,
  UnauthorizedClient,
} from './oauth.errors.js';
import { type TokenResponse } from './token-response.js';

/** What is kept of a refusal: what its caller was told. */
interface Refusal {
  readonly error: string;
  readonly description: string;
  readonly retryAfter?: number;
}

/** What became of a login, as it is kept for those who repeat the request. */
export type LoginOutcome = { readonly response: TokenResponse } | { readonly refusal: Refusal };

export function refusedFor(error: OAuthError): LoginOutcome {
  const { error: code, description } = error;
  const retryAfter = error instanceof TemporarilyUnavailable ? { retryAfter: error.retryAfter } : {};
  return { refusal: { error: code, description, ...retryAfter } };
}

/** The answer again. @throws OAuthError like the one that was thrown */
export function answerAgain(outcome: LoginOutcome): TokenResponse {
  if ('response' in outcome) return outcome.response;
  throw errorOf(outcome.refusal);
}

/** What a grant of its own has refused a login with. */
class Refused extends OAuthError {
  constructor(
    readonly error: string,
    description: string,
  ) {
    super(description, 'refused so when the request came first');
  }
}

/** By the wire code: what a login that has been begun may be refused with. */
function errorOf({ error, description, retryAfter = 1 }: Refusal): OAuthError {
  switch (error) {
    case 'invalid_request':
      return new InvalidRequest(description);
    case 'invalid_client':
      return new InvalidClient('when the request came first');
    case 'unauthorized_client':
      return new UnauthorizedClient();
    case 'invalid_scope':
      return new InvalidScope();
    case 'invalid_auth_source':
      return new InvalidAuthSource(description);
    case 'invalid_grant':
      return new InvalidGrant(description);
    case 'temporarily_unavailable':
      return new TemporarilyUnavailable(description, retryAfter);
    case 'server_error':
      return new ServerError(description);
    default:
      return new Refused(error, description);
  }
}
