import { Injectable } from '@nestjs/common';
import { AppSecrets } from '../auth-sources/app-secrets.js';
import { type Authorization } from './authorization.js';
import { type LoginAttempt } from './failed-logins.js';
import { type ExternalSignIn, type UserSignIn } from './grants/grant-strategy.js';
import { seenByGrants } from './grants/seen-by-grants.js';
import { type LoginJournal, type Vouched } from './login-journal.js';
import { type CheckedRequest } from './request-checks.js';
import { grantedScopes, withoutUserScopes } from './scopes.js';
import { SessionRenewalService } from './session-renewal.service.js';
import { SignInService } from './sign-in.service.js';
import { TokenResponses, type TokenResponse } from './token-response.js';

/** Asks a grant's strategy who the tokens are for, does what the strategy must not forget, and signs them. */
@Injectable()
export class GrantExchange {
  constructor(
    private readonly signIn: SignInService,
    private readonly sessionRenewal: SessionRenewalService,
    private readonly responses: TokenResponses,
    private readonly appSecrets: AppSecrets,
  ) {}

  /**
   * @param journal of a login that may be repeated
   * @throws OAuthError
   */
  async tokensFor(
    checked: CheckedRequest,
    attempt: LoginAttempt,
    journal?: LoginJournal,
  ): Promise<TokenResponse> {
    return this.responses.sign(await this.authorize(checked, attempt, journal));
  }

  private async authorize(
    checked: CheckedRequest,
    attempt: LoginAttempt,
    journal?: LoginJournal,
  ): Promise<Authorization> {
    const { grant, application, parameters, scope, authSource } = checked;
    if (journal?.written) return this.signIn.resume(application, journal.written);
    const outcome = journal?.vouched
      ? vouchedFor(journal.vouched)
      : await grant.strategy.handle(parameters, {
          application,
          authSource: authSource && seenByGrants(authSource, this.appSecrets),
        });
    journal?.spent();
    switch (outcome.kind) {
      case 'external':
      case 'user':
        if (!authSource)
          throw new Error(`The strategy of ${grant.options.grantType} declares no authSourceTypes`);
        return this.signIn.complete(outcome, { ...checked, authSource }, attempt, journal);
      case 'session':
        return this.sessionRenewal.renew(application, outcome.refreshToken, scope, attempt);
      case 'application':
        return {
          application,
          subject: application.clientId,
          scopes: grantedScopes(withoutUserScopes(application.scopes), scope),
        };
    }
  }
}

function vouchedFor(vouched: Vouched): ExternalSignIn | UserSignIn {
  if ('userId' in vouched) return { kind: 'user', ...vouched };
  const { identities, profile, signUp } = vouched;
  return { kind: 'external', identities, profile: () => Promise.resolve(profile), signUp };
}
