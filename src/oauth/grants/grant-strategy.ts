import { type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type Application, type ApplicationType } from '../../applications/application.entity.js';
import { type AuthSource, type AuthSourceType } from '../../auth-sources/auth-source.entity.js';
import { type SourceProfile } from '../../auth-sources/source-profile.js';
import { type IdentityKey } from '../../users/identity.js';

/** What a strategy says of itself. */
export interface GrantTypeOptions {
  /** The `grant_type` that it answers: a name of RFC 6749, or a URI. */
  readonly grantType: string;
  /**
   * The class of its parameters, with class-validator decorators; the order of the properties is the order in which
   * faults are reported. A property `scope` is compared with the application's scopes; `auth_source_id` names the
   * auth source.
   */
  readonly parameters: Type<object>;
  /** The types of application that may use it. */
  readonly applicationTypes: readonly ApplicationType[];
  /** For a login: the types of auth source that it accepts. It then has a parameter `auth_source_id`. */
  readonly authSourceTypes?: readonly AuthSourceType[];
}

/** Declares a provider to be the strategy of a grant: listing it in a module is all that registers it. */
export const GrantType = DiscoveryService.createDecorator<GrantTypeOptions>();

/** What is known when a strategy is asked: everything that can be checked without it has been checked. */
export interface GrantRequest {
  /** Authenticated, enabled, and allowed to use the grant. */
  readonly application: Application;
  /** Known, enabled, of an accepted type and linked to the application. Set for strategies that accept any. */
  readonly authSource?: AuthSource;
}

/** Somebody whom an auth source has vouched for. */
export interface ExternalSignIn {
  readonly kind: 'external';
  /** Who it is, the strongest identity first: the first one that is known decides. */
  readonly identities: readonly IdentityKey[];
  /**
   * What the source says of the person. Called once, after the user's status was found to be normal: what costs money
   * or can be spent only once is asked for here.
   */
  profile(): Promise<SourceProfile>;
}

/** The session that a refresh token belongs to goes on. */
export interface SessionRenewal {
  readonly kind: 'session';
  readonly refreshToken: string;
}

/** The application acts for itself: there is no user. */
export interface ApplicationOnly {
  readonly kind: 'application';
}

export type GrantOutcome = ExternalSignIn | SessionRenewal | ApplicationOnly;

/**
 * One grant of the token endpoint: it proves who the tokens are for, and nothing else.
 *
 * Client authentication, the application's allow-list, the auth source, the user's status, what is written, the audit
 * and the answer's shape are the endpoint's.
 */
export interface GrantStrategy<Parameters extends object = object> {
  /**
   * @throws OAuthError as the caller shall read it
   */
  handle(parameters: Parameters, request: GrantRequest): Promise<GrantOutcome>;
}
