import { UnknownResource } from './administration.errors.js';

/**
 * Nothing has any other id: MySQL ignores trailing spaces when it compares, and would find what is not meant.
 *
 * @throws UnknownResource
 */
export function assertIdentifier(id: string): void {
  if (!/^[!-~]{1,128}$/.test(id)) throw new UnknownResource();
}
