/** Below this length the last four digits would be most of the number. */
const LONG = 11;

/** A phone number as an audit event may have it: `+86*******8000`. @param phoneNumber E.164 */
export function maskPhoneNumber(phoneNumber: string): string {
  const shownAtEnd = phoneNumber.length < LONG ? 2 : 4;
  const hidden = '*'.repeat(Math.max(1, phoneNumber.length - 3 - shownAtEnd));
  return `${phoneNumber.slice(0, 3)}${hidden}${phoneNumber.slice(-shownAtEnd)}`;
}
