import { Injectable } from '@nestjs/common';
import { isPublic } from '../applications/application.entity.js';
import { ActiveTokens, type ActiveToken } from './active-tokens.js';
import { ClientAuthenticator } from './client-authenticator.js';
import { ParameterValidator } from './parameter-validator.js';
import { type OAuthParameters } from './oauth-parameters.js';
import { InvalidClient } from './oauth.errors.js';
import { PresentedTokenParameters } from './presented-token.parameters.js';

/** @see RFC 7662 §2.2 */
export type IntrospectionResponse = ({ active: true } & ActiveToken) | { active: false };

/** Tells resource servers what a token is worth now. */
@Injectable()
export class IntrospectionService {
  private readonly validator = new ParameterValidator(PresentedTokenParameters);

  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly tokens: ActiveTokens,
  ) {}

  /**
   * Whoever can keep a secret may ask about any token. Why one is not active is nobody's business.
   *
   * @throws InvalidClient when the client is not authenticated, or is public
   * @throws InvalidRequest
   */
  async answer(
    parameters: OAuthParameters,
    authorization: string | undefined,
  ): Promise<IntrospectionResponse> {
    const { clientId, type } = await this.clients.authenticate(parameters, authorization);
    if (isPublic(type)) throw new InvalidClient('a public application', clientId);
    const { token } = this.validator.validate(parameters);
    const active = await this.tokens.describe(token);
    return active ? { active: true, ...active } : { active: false };
  }
}
