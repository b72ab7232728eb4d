import { type ApplicationSettings } from '../applications/application-settings.js';
import { type AuthSourceSettings } from '../auth-sources/auth-source-settings.js';
import { type GrantDeclaration } from '../oauth/grants/grant-declaration.js';
import { type RunningCiam } from '../testing/start-ciam.js';

/**
 * What the conformance checks must be told of a grant that signs users in.
 *
 * @publicApi
 */
export interface GrantUnderTest {
  readonly grantType: string;
  /** The strategy, or the module that provides it; absent for one of the service's own. */
  readonly grants?: readonly GrantDeclaration[];
  /** The auth source that its users come from; `type` is one that the strategy accepts. */
  readonly authSource: Partial<AuthSourceSettings> & { readonly type: string };
  /** What the application needs besides the grant. */
  readonly application?: Partial<ApplicationSettings>;
  /** Environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Gets a fresh credential of a person from whoever gives it: the parameters of a token request that signs the
   * person in, without those of client and auth source. Two of one person may be out at once.
   *
   * @param person a name that the check has made up
   * @param client who will send the request, and for which auth source
   */
  credential(person: string, ciam: RunningCiam, client: ClientUnderTest): Promise<Record<string, unknown>>;
  /**
   * Parameters that name the person instead of proving who it is, a phone number for example: they may be stored, and
   * never be logged or audited. All other strings are secrets.
   */
  readonly identifiers?: readonly string[];
  /**
   * Makes whoever the strategy asks accept calls and not answer them. Absent when it asks nobody.
   *
   * @returns what ends that
   */
  readonly hang?: (ciam: RunningCiam) => Promise<() => void | Promise<void>>;
}

/**
 * The parameters of a token request that every grant has.
 *
 * @publicApi
 */
export interface ClientUnderTest {
  readonly client_id: string;
  /** Only of an application that is confidential. */
  readonly client_secret?: string;
  readonly auth_source_id: string;
}

/**
 * A strategy does not do what every grant must.
 *
 * @publicApi
 */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
}
