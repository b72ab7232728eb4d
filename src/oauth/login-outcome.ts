import {
  InvalidAuthSource,
  InvalidClient,
  InvalidGrant,
  InvalidRequest,
  InvalidScope,
  ServerError,
  TemporarilyUnavailable,
  UnauthorizedClient,
  type OAuthError,
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
    default:
      return new ServerError(description);
  }
}
