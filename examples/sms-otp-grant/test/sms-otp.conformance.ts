import { createHash } from 'node:crypto';
import { type GrantUnderTest } from 'nest-ciam/conformance';
import { SMS_OTP_GRANT, SmsOtpModule } from '../src/sms-otp.module.js';
import { SmsInMemory } from './sms-in-memory.js';

const sender = new SmsInMemory();

/** Everybody has a number of his own. */
function numberOf(person: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(person).digest('hex')}`).toString();
  return `138${digits.slice(0, 8)}`;
}

export const conformance: GrantUnderTest = {
  grantType: SMS_OTP_GRANT,
  // The checks sign a person in more often than a number may be sent to.
  grants: [SmsOtpModule.forRoot(sender, { interval: 0 })],
  authSource: { type: 'sms_otp' },
  identifiers: ['phone_number'],
  credential: async (person, ciam, client) => {
    const phone_number = numberOf(person);
    const response = await fetch(`${ciam.url}/otp/send`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...client, phone_number }),
    });
    const { otp_token } = (await response.json()) as { otp_token: string };
    return { phone_number, otp_token, otp: sender.codesOf(`+86${phone_number}`).at(-1), auto_signup: true };
  },
};
