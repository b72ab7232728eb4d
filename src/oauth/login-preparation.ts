import { Injectable, type Type } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { AppSecrets } from '../auth-sources/app-secrets.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import { assertAccepted } from './auth-source-check.js';
import { CrossOriginAccess } from '../cors/cross-origin-access.js';
import { ClientAuthenticator, claimedClientId } from './client-authenticator.js';
import { applicationSeenByGrants, authSourceSeenByGrants } from './grants/seen-by-grants.js';
import { type GrantApplication, type GrantAuthSource } from './grants/grant-strategy.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { readParameters } from './oauth-parameters.js';
import { MethodNotAllowed } from './oauth.errors.js';
import { ParameterValidator } from './parameter-validator.js';

/**
 * A request that prepares a login: all that the token endpoint checks of the login itself is as it must be.
 *
 * @publicApi
 */
export interface PreparedLogin<Parameters extends object> {
  readonly application: GrantApplication;
  readonly authSource: GrantAuthSource;
  readonly parameters: Parameters;
}

/**
 * For endpoints that prepare a login by a grant, as one does that sends a code: checks what the token endpoint checks,
 * in its order, so that nobody can make it act for an application that may not use the grant.
 *
 * @publicApi
 */
@Injectable()
export class LoginPreparation {
  /** Of the classes that were asked for. */
  private readonly validators = new Map<Type<object>, ParameterValidator<object>>();

  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly grants: GrantRegistry,
    private readonly authSources: AuthSourcesService,
    private readonly appSecrets: AppSecrets,
    private readonly crossOrigin: CrossOriginAccess,
  ) {}

  /**
   * Reads the request's body, JSON or a form: client, allow-list, parameters, auth source. Pages of the application's
   * `cors_origins` may read the answer.
   *
   * @param grantType of the login that is prepared; it accepts auth sources
   * @param parameters the class of what the endpoint takes, `auth_source_id` among it
   * @throws OAuthError as the caller shall read it
   */
  async check<Parameters extends { auth_source_id: string }>(
    grantType: string,
    parameters: Type<Parameters>,
    request: Request,
  ): Promise<PreparedLogin<Parameters>> {
    const body = await readParameters(request);
    const { authorization } = request.headers;
    await this.crossOrigin.admit(request, request.res!, claimedClientId(body, authorization));
    const application = await this.clients.authenticate(body, authorization);
    const { options } = this.grants.grantFor(application, grantType);
    const validated = this.validatorOf(parameters).validate(body);
    const authSource = await this.authSources.find(validated.auth_source_id);
    assertAccepted(authSource, options.authSourceTypes ?? [], application);
    return {
      application: applicationSeenByGrants(application),
      authSource: authSourceSeenByGrants(authSource, this.appSecrets),
      parameters: validated,
    };
  }

  /**
   * Answers a browser that asks whether a page may send a POST.
   *
   * @throws MethodNotAllowed when it is no such question, or of an origin that no application lists
   */
  async answerPreflight(request: Request, response: Response): Promise<void> {
    if (!(await this.crossOrigin.answerPreflight(request, response, 'POST')))
      throw new MethodNotAllowed('POST');
  }

  private validatorOf<Parameters extends object>(type: Type<Parameters>): ParameterValidator<Parameters> {
    const validator = this.validators.get(type) ?? new ParameterValidator(type);
    this.validators.set(type, validator);
    return validator as ParameterValidator<Parameters>;
  }
}
