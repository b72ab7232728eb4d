import { Injectable } from '@nestjs/common';
import { type Application } from '../applications/application.entity.js';
import { type AuthSource } from '../auth-sources/auth-source.entity.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { assertAccepted } from './auth-source-check.js';
import { type LoginAttempt } from './failed-logins.js';
import { type RegisteredGrant } from './grants/grant-registration.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { type OAuthParameters } from './oauth-parameters.js';
import { grantedScopes } from './scopes.js';

/** What the endpoint reads of a grant's parameters itself; each grant declares those that it takes. */
interface SharedParameters {
  readonly auth_source_id?: string;
  readonly scope?: string;
}

/** A token request in which nothing is wrong that can be told without its grant's strategy. */
export interface CheckedRequest {
  readonly grant: RegisteredGrant;
  readonly application: Application;
  readonly parameters: object;
  /** As it was asked for. */
  readonly scope: string | undefined;
  readonly scopes: readonly string[];
  /** Of a login, and of nothing else. */
  readonly authSource: AuthSource | undefined;
}

/** What can be checked before a strategy is asked, which may spend what works only once. */
@Injectable()
export class RequestChecks {
  constructor(
    private readonly grants: GrantRegistry,
    private readonly authSources: AuthSourcesService,
  ) {}

  /**
   * Grant, parameters, scope, auth source: in this order.
   *
   * @throws OAuthError
   */
  async check(
    application: Application,
    request: OAuthParameters,
    attempt: LoginAttempt,
  ): Promise<CheckedRequest> {
    const grant = this.grants.grantFor(application, attempt.grantType);
    const { options, validator } = grant;
    const parameters = validator.validate(request);
    const { scope, auth_source_id } = parameters as SharedParameters;
    const scopes = grantedScopes(application.scopes, scope);
    const authSource = options.authSourceTypes && (await this.authSources.find(auth_source_id!));
    attempt.authSourceId = authSource?.id;
    if (options.authSourceTypes) assertAccepted(authSource, options.authSourceTypes, application);
    return { grant, application, parameters, scope, scopes, authSource };
  }
}
