/**
 * What other programs may use of nest-ciam: the service as a module, and what a grant of one's own is made of.
 *
 * @packageDocumentation
 */
export { CiamModule, type CiamAsyncOptions, type CiamOptions } from './ciam.module.js';
export { configureApp } from './configure-app.js';
export { type EnvironmentVariables } from './config/environment.js';
export { type ApplicationType } from './applications/application.entity.js';
export { type AuthSourceType } from './auth-sources/auth-source-types.js';
export { type SourceProfile } from './auth-sources/source-profile.js';
export { type GrantDeclaration } from './oauth/grants/grant-declaration.js';
export {
  GrantType,
  type ApplicationOnly,
  type ExternalSignIn,
  type GrantApplication,
  type GrantAuthSource,
  type GrantOutcome,
  type GrantRequest,
  type GrantStrategy,
  type GrantTypeOptions,
  type SessionRenewal,
  type UserSignIn,
} from './oauth/grants/grant-strategy.js';
export {
  InvalidGrant,
  InvalidRequest,
  MethodNotAllowed,
  OAuthError,
  ServerError,
  TemporarilyUnavailable,
} from './oauth/oauth.errors.js';
export { LoginPreparation, type PreparedLogin } from './oauth/login-preparation.js';
export { OAuthEndpoint } from './oauth/oauth-endpoint.js';
export { OAuthModule } from './oauth/oauth.module.js';
export { Schema } from './database/schema.js';
export { UnitOfWork } from './database/unit-of-work.js';
export { type IdentityKey } from './users/identity.js';
