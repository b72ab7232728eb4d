import { type Application } from './application.entity.js';
import { type ApplicationSettings } from './application-settings.js';

/** All settings of an application, by the names that an operator has for them; no secret among them. */
export type ApplicationDescription = Readonly<Required<Omit<ApplicationSettings, 'client_secret'>>>;

export function describeApplication(application: Application): ApplicationDescription {
  return {
    client_id: application.clientId,
    name: application.name,
    type: application.type,
    enabled: application.enabled,
    grant_types: application.grantTypes,
    scopes: application.scopes,
    access_token_ttl: application.accessTokenTtl,
    id_token_ttl: application.idTokenTtl,
    refresh_token_ttl: application.refreshTokenTtl,
    refresh_token_max_ttl: application.refreshTokenMaxTtl,
    refresh_reuse_interval: application.refreshReuseInterval,
    signing_alg: application.signingAlg,
    token_profile: application.tokenProfile,
    id_token_claims: application.idTokenClaims,
    cors_origins: application.corsOrigins,
  };
}
