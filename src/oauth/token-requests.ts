import { Injectable } from '@nestjs/common';
import { type Requester } from '../audit/requester.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { type LoginAttempt } from './failed-logins.js';
import { GrantExchange } from './grant-exchange.js';
import { parameter, type OAuthParameters } from './oauth-parameters.js';
import { InvalidRequest } from './oauth.errors.js';
import { RepeatableLogins } from './repeatable-logins.js';
import { RequestChecks } from './request-checks.js';
import { TokenOutcomes } from './token-outcomes.js';
import { type TokenResponse } from './token-response.js';

/** A token request whose body has been read. */
export interface TokenRequest extends Requester {
  readonly parameters: OAuthParameters;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The `Idempotency-Key` header; it counts for a login. */
  readonly idempotencyKey: string | undefined;
}

/** Answers token requests, whatever the grant. */
@Injectable()
export class TokenRequests {
  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly checks: RequestChecks,
    private readonly exchange: GrantExchange,
    private readonly repeatable: RepeatableLogins,
    private readonly outcomes: TokenOutcomes,
  ) {}

  /**
   * The checks run in a fixed order, and the first that fails is reported: `grant_type`, client, grant, parameters,
   * auth source, the key of a repeatable login, then what the grant's strategy finds.
   *
   * @throws OAuthError
   */
  async answer(request: TokenRequest): Promise<TokenResponse> {
    const { parameters, address, userAgent } = request;
    const attempt: LoginAttempt = { grantType: grantTypeOf(parameters), address, userAgent };
    try {
      const response = await this.tokensFor(request, attempt);
      this.outcomes.succeeded(attempt);
      return response;
    } catch (error) {
      await this.outcomes.failed(attempt, error);
      throw error;
    }
  }

  private async tokensFor(
    { parameters, authorization, idempotencyKey }: TokenRequest,
    attempt: LoginAttempt,
  ): Promise<TokenResponse> {
    const application = await this.clients.authenticate(parameters, authorization);
    attempt.clientId = application.clientId;
    const checked = await this.checks.check(application, parameters, attempt);
    const isLogin = checked.authSource !== undefined;
    if (!isLogin || !idempotencyKey) return this.exchange.tokensFor(checked, attempt);
    const login = { key: idempotencyKey, clientId: application.clientId, parameters };
    return this.repeatable.answer(login, attempt, (journal) =>
      this.exchange.tokensFor(checked, attempt, journal),
    );
  }
}

function grantTypeOf(parameters: OAuthParameters): string {
  const grantType = parameter(parameters, 'grant_type');
  if (grantType === undefined) throw InvalidRequest.missing('grant_type');
  if (typeof grantType !== 'string') throw InvalidRequest.invalid('grant_type');
  return grantType;
}
