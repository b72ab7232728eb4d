import { Matches } from 'class-validator';

/** @see ITU-T E.164 §6.2.1 */
export const E164 = /^\+[1-9]\d{5,14}$/;

/** Checks that a value is a phone number as it is stored. */
export function IsE164(): PropertyDecorator {
  return Matches(E164, { message: '$property must be an E.164 number such as +8613800138000' });
}
