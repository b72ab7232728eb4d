import { type Requester } from '../audit/requester.js';

/** Who administrates, as audit events have it. */
export interface Operator extends Partial<Requester> {
  /** `admin API`, or `cli (USER)`. */
  readonly by: string;
}
