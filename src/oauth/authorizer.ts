import { Injectable } from '@nestjs/common';
import { type Application } from '../applications/application.entity.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { assertAccepted } from './auth-source-check.js';
import { type Authorization } from './authorization.js';
import { type RegisteredGrant } from './grants/grant-registry.js';
import { type LoginAttempt } from './failed-logins.js';
import { type OAuthParameters } from './oauth-parameters.js';
import { grantedScopes, withoutUserScopes } from './scopes.js';
import { SessionRenewalService } from './session-renewal.service.js';
import { SignInService } from './sign-in.service.js';

/** What the endpoint reads of a grant's parameters itself; each grant declares those that it takes. */
interface SharedParameters {
  readonly auth_source_id?: string;
  readonly scope?: string;
}

/** Asks a grant's strategy who the tokens are for, with everything checked that the strategy must not forget. */
@Injectable()
export class Authorizer {
  constructor(
    private readonly authSources: AuthSourcesService,
    private readonly signIn: SignInService,
    private readonly sessionRenewal: SessionRenewalService,
  ) {}

  /**
   * Parameters, scope and auth source are checked before the strategy is asked: it may spend what works only once.
   *
   * @throws OAuthError
   */
  async authorize(
    { options, strategy, validator }: RegisteredGrant,
    application: Application,
    request: OAuthParameters,
    attempt: LoginAttempt,
  ): Promise<Authorization> {
    const parameters = validator.validate(request);
    const { scope, auth_source_id } = parameters as SharedParameters;
    const scopes = grantedScopes(application.scopes, scope);
    const authSource = options.authSourceTypes && (await this.authSources.find(auth_source_id!));
    attempt.authSourceId = authSource?.id;
    if (options.authSourceTypes) assertAccepted(authSource, options.authSourceTypes, application);
    const outcome = await strategy.handle(parameters, { application, authSource });
    switch (outcome.kind) {
      case 'external':
        if (!authSource) throw new Error(`The strategy of ${options.grantType} declares no authSourceTypes`);
        return this.signIn.complete(outcome, authSource, application, scopes, attempt);
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
