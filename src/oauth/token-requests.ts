import { Injectable } from '@nestjs/common';
import { Authorizer } from './authorizer.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { type LoginAttempt } from './failed-logins.js';
import { parameter, type OAuthParameters } from './oauth-parameters.js';
import { InvalidRequest } from './oauth.errors.js';
import { type Requester } from '../audit/requester.js';
import { TokenOutcomes } from './token-outcomes.js';
import { TokenResponses, type TokenResponse } from './token-response.js';

/** A token request whose body has been read. */
export interface TokenRequest extends Requester {
  readonly parameters: OAuthParameters;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
}

/** Answers token requests, whatever the grant. */
@Injectable()
export class TokenRequests {
  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly grants: GrantRegistry,
    private readonly authorizer: Authorizer,
    private readonly responses: TokenResponses,
    private readonly outcomes: TokenOutcomes,
  ) {}

  /**
   * The checks run in a fixed order, and the first that fails is reported: `grant_type`, client, grant, parameters,
   * auth source, then what the grant's strategy finds.
   *
   * @throws OAuthError
   */
  async answer(request: TokenRequest): Promise<TokenResponse> {
    const grantType = grantTypeOf(request.parameters);
    const { address, userAgent } = request;
    const attempt: LoginAttempt = { grantType, address, userAgent };
    try {
      const application = await this.clients.authenticate(request.parameters, request.authorization);
      attempt.clientId = application.clientId;
      const grant = this.grants.grantFor(application, grantType);
      const authorization = await this.authorizer.authorize(grant, application, request.parameters, attempt);
      const response = await this.responses.sign(authorization);
      this.outcomes.succeeded(attempt);
      return response;
    } catch (error) {
      await this.outcomes.failed(attempt, error);
      throw error;
    }
  }
}

function grantTypeOf(parameters: OAuthParameters): string {
  const grantType = parameter(parameters, 'grant_type');
  if (grantType === undefined) throw InvalidRequest.missing('grant_type');
  if (typeof grantType !== 'string') throw InvalidRequest.invalid('grant_type');
  return grantType;
}
