import { userInfo } from 'node:os';
import { type Operator } from '../admin/operator.js';

/** Who has typed the command, as the audit has it; in a container the user may have no name. */
export function shellOperator(): Operator {
  try {
    return { by: `cli (${userInfo().username})` };
  } catch {
    return { by: 'cli' };
  }
}
