import { Controller, Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { CONFIDENTIAL_METHODS, PUBLIC_METHODS } from '../applications/client-authentication-methods.js';
import { GrantTypes } from '../applications/grant-types.js';
import { HttpConfig } from '../config/http.config.js';
import { SIGNING_ALGORITHMS } from '../config/signing-algorithms.js';
import { SCOPES } from '../users/claims.js';
import { CacheableAnswer } from './cacheable-answer.js';

const MAX_AGE_S = 300;

/** Publishes what works here, and nothing else. */
@Controller('.well-known')
export class DiscoveryController {
  private readonly answer = new CacheableAnswer();

  constructor(
    private readonly http: HttpConfig,
    private readonly grantTypes: GrantTypes,
  ) {}

  /** @see OpenID Connect Discovery 1.0 §3, RFC 8414 §2 */
  @Get(['openid-configuration', 'oauth-authorization-server'])
  metadata(@Req() request: Request, @Res() response: Response): void {
    const { issuer } = this.http;
    const anyMethod = [...PUBLIC_METHODS, ...CONFIDENTIAL_METHODS];
    const metadata = {
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      token_endpoint_auth_methods_supported: anyMethod,
      revocation_endpoint: `${issuer}/oauth2/revoke`,
      revocation_endpoint_auth_methods_supported: anyMethod,
      introspection_endpoint: `${issuer}/oauth2/introspect`,
      introspection_endpoint_auth_methods_supported: CONFIDENTIAL_METHODS,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/oauth2/jwks`,
      // There is no authorization endpoint, so no response type works.
      response_types_supported: [],
      grant_types_supported: this.grantTypes.names(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: SIGNING_ALGORITHMS,
      scopes_supported: SCOPES,
    };
    this.answer.send(request, response, metadata, MAX_AGE_S);
  }
}
