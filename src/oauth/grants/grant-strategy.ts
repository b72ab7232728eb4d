import { type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type ApplicationType } from '../../applications/application.entity.js';
import { type AuthSourceType } from '../../auth-sources/auth-source-types.js';
import { type SourceProfile } from '../../auth-sources/source-profile.js';
import { type IdentityKey } from '../../users/identity.js';

/**
 * What a strategy says of itself.
 *
 * @publicApi
 */
export interface GrantTypeOptions {
  /** The `grant_type` that it answers: a name of RFC 6749, or an absolute URI. */
  readonly grantType: string;
  /**
   * The class of its parameters, each with class-validator decorators; the order of the properties is the order in
   * which faults are reported. A property `scope` is compared with the application's scopes; `auth_source_id` names
   * the auth source.
   */
  readonly parameters: Type<object>;
  /** The types of application that may use it. */
  readonly applicationTypes: readonly ApplicationType[];
  /**
   * For a login: the types of auth source that it accepts, WeChat's or its own; those that nobody has heard of before
   * are known from then on. It then has a parameter `auth_source_id`.
   */
  readonly authSourceTypes?: readonly AuthSourceType[];
}

/**
 * Declares a provider to be the strategy of a grant: listing it in a module is all that registers it.
 *
 * The boot stops when two strategies claim one grant type, when that is neither a name of RFC 6749 nor an absolute
 * URI, when there is no class of parameters, and when the provider is not a singleton.
 *
 * @publicApi
 */
export const GrantType = DiscoveryService.createDecorator<GrantTypeOptions>();

/**
 * The application that asks: authenticated, enabled, and allowed to use the grant.
 *
 * @publicApi
 */
export interface GrantApplication {
  readonly clientId: string;
  readonly name: string;
  readonly type: ApplicationType;
  readonly scopes: readonly string[];
}

/**
 * The auth source of a login: known, enabled, of an accepted type and linked to the application.
 *
 * @publicApi
 */
export interface GrantAuthSource {
  readonly id: string;
  readonly type: AuthSourceType;
  readonly name: string;
  /** Our account at the source, an `appid` of WeChat for example; the auth source's own id when it has none. */
  readonly appId: string;
  /** The WeChat Open Platform account that the app is bound to. */
  readonly openPlatformAccount: string;
  /**
   * The secret of that account, decrypted; nobody may keep it.
   *
   * @throws Error when there is none, or no key opens it
   */
  readonly secret: () => string;
}

/**
 * What is known when a strategy is asked: everything that can be checked without it has been checked.
 *
 * @publicApi
 */
export interface GrantRequest {
  readonly application: GrantApplication;
  /** Set for strategies that accept any. */
  readonly authSource?: GrantAuthSource;
}

/**
 * Somebody whom an auth source has vouched for: an identity and a profile.
 *
 * @publicApi
 */
export interface ExternalSignIn {
  readonly kind: 'external';
  /** Who it is, the strongest identity first: the first one that is known decides, the missing ones are added. */
  readonly identities: readonly IdentityKey[];
  /**
   * What the source says of the person. Called once, after the user's status was found to be normal: what costs money
   * or can be spent only once is asked for here.
   */
  readonly profile: () => Promise<SourceProfile>;
  /** `false`: nobody is created; who is not known is `invalid_grant` `User not found`. */
  readonly signUp?: boolean;
}

/**
 * A user whom the strategy knows by the `sub` of the tokens.
 *
 * @publicApi
 */
export interface UserSignIn {
  readonly kind: 'user';
  readonly userId: string;
}

/**
 * The session that a refresh token belongs to goes on.
 *
 * @publicApi
 */
export interface SessionRenewal {
  readonly kind: 'session';
  readonly refreshToken: string;
}

/**
 * The application acts for itself: there is no user.
 *
 * @publicApi
 */
export interface ApplicationOnly {
  readonly kind: 'application';
}

/**
 * Whom the tokens are for.
 *
 * @publicApi
 */
export type GrantOutcome = ExternalSignIn | UserSignIn | SessionRenewal | ApplicationOnly;

/**
 * One grant of the token endpoint: it proves who the tokens are for, and nothing else.
 *
 * Client authentication, the application's allow-list, the parameters, the auth source, the user's status, what is
 * written, the audit, metrics, refresh tokens and the answer's shape are the endpoint's.
 *
 * @publicApi
 */
export interface GrantStrategy<Parameters extends object = object> {
  /**
   * What the caller presents is spent here if it works only once: by one request, however many come at once.
   *
   * @throws OAuthError as the caller shall read it: InvalidGrant when it proves nobody, TemporarilyUnavailable when
   * whoever must be asked does not answer; anything else is `server_error`
   */
  handle(parameters: Parameters, request: GrantRequest): Promise<GrantOutcome>;
}
