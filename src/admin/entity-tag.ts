import { createHash } from 'node:crypto';
import { ChangedMeanwhile } from './administration.errors.js';

/**
 * The strong validator of a resource: another one whenever anything of it is another.
 *
 * @param secret what the answer does not have, in its stored form
 * @see RFC 9110 §8.8.3
 */
export function entityTag(answer: object, secret: string | null = null): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([answer, secret]))
    .digest('base64url');
  return `"${digest.slice(0, 27)}"`;
}

/**
 * @param ifMatch the header of a request; without one nothing is compared
 * @param current the validator of the resource
 * @throws ChangedMeanwhile
 * @see RFC 9110 §13.1.1
 */
export function assertMatches(ifMatch: string | undefined, current: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (!ifMatch.split(',').some((tag) => tag.trim() === current)) throw new ChangedMeanwhile();
}
