import { type Family, type Person } from './family.js';
import { type ClientName } from './settings.js';

export interface AccessToken {
  readonly number: number;
  readonly client: ClientName;
  readonly person: Person;
  /** The family that it dies with. */
  readonly family: Family | undefined;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  revoked: boolean;
}
