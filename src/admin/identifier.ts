import { IDENTIFIER } from '../database/identifier.js';
import { UnknownResource } from './administration.errors.js';

/**
 * Nothing has any other id: MySQL ignores trailing spaces when it compares, and would find what is not meant.
 *
 * @throws UnknownResource
 */
export function assertIdentifier(id: string): void {
  if (!IDENTIFIER.test(id)) throw new UnknownResource();
}
