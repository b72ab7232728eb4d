import { answerAgain, refusedFor } from './login-outcome.js';
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

/** What a caller is told when the outcome has been kept, as JSON. */
function again(error: OAuthError): unknown {
  try {
    return answerAgain(JSON.parse(JSON.stringify(refusedFor(error))) as ReturnType<typeof refusedFor>);
  } catch (repeated) {
    return repeated;
  }
}

describe('a refusal that is repeated', () => {
  it.each([
    InvalidRequest.invalid('js_code'),
    new InvalidClient('disabled application', 'a-client'),
    new UnauthorizedClient(),
    new InvalidScope(),
    new InvalidAuthSource('Wrong auth source type'),
    new InvalidGrant('WeChat error: 40163', new Error('rid')),
    new TemporarilyUnavailable('WeChat unavailable', 3),
    new ServerError('WeChat error: 40125'),
  ])('is of the same kind, and says the same: $error', (error) => {
    const repeated = again(error) as typeof error;
    expect(repeated).toBeInstanceOf(error.constructor);
    expect([repeated.error, repeated.description]).toEqual([error.error, error.description]);
    if (error instanceof TemporarilyUnavailable) expect(repeated).toMatchObject({ retryAfter: 3 });
  });

  it('may be one that only a grant of its own has', () => {
    class TooManyBadges extends OAuthError {
      readonly error = 'too_many_badges';
    }
    const repeated = again(new TooManyBadges('One is enough'));
    expect(repeated).toBeInstanceOf(OAuthError);
    expect(repeated).toMatchObject({ error: 'too_many_badges', description: 'One is enough' });
  });
});
