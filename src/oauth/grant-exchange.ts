import { Injectable } from '@nestjs/common';
import { isPublic } from '../applications/application.entity.js';
import { AppSecrets } from '../auth-sources/app-secrets.js';
import { type Authorization } from './authorization.js';
import { type LoginAttempt } from './failed-logins.js';
import { type ExternalSignIn, type UserSignIn } from './grants/grant-strategy.js';
import { applicationSeenByGrants, authSourceSeenByGrants } from './grants/seen-by-grants.js';
import { type LoginJournal, type Vouched } from './login-journal.js';
import { UnauthorizedClient } from './oauth.errors.js';
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
          application: applicationSeenByGrants(application),
          authSource: authSource && authSourceSeenByGrants(authSource, this.appSecrets),
        });
    journal?.spent();
    const isLogin = outcome.kind === 'external' || outcome.kind === 'user';
    // What is checked, written and audited of a login is so for whoever comes by an auth source, and for nobody else.
    if (isLogin !== (authSource !== undefined)) {
      const declared = authSource ? 'authSourceTypes' : 'no authSourceTypes';
      throw new Error(
        `The strategy of ${grant.options.grantType} declares ${declared}, and names ${outcome.kind}`,
      );
    }
    switch (outcome.kind) {
      case 'external':
      case 'user':
        return this.signIn.complete(outcome, { ...checked, authSource: authSource! }, attempt, journal);
      case 'session':
        return this.sessionRenewal.renew(application, outcome.refreshToken, scope, attempt);
      case 'application':
        if (isPublic(application.type)) throw new UnauthorizedClient();
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
