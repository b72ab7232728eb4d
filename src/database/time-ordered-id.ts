import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const RANDOM_BYTES = 16;
/** Enough for 256 ids: what asks the system costs the same for few bytes and for many. */
const pool = new Uint8Array(256 * RANDOM_BYTES);
let used = pool.length;

/** A UUID version 7, for rows that are kept in the order of their time. @see RFC 9562 §5.7 */
export function timeOrderedId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += RANDOM_BYTES));
  return v7({ random });
}
