import { type SourceProfile } from 'nest-ciam';
import { MalformedPhoneNumber } from './sms-otp.errors.js';

const CHINA = '86';
const MAINLAND = /^1[3-9]\d{9}$/;
const E164 = /^\+[1-9]\d{6,14}$/;

/** A phone number, as E.164 has it. @see ITU-T E.164 §6.2.1 */
export class PhoneNumber {
  private constructor(
    readonly e164: string,
    private readonly countryCode: string,
  ) {}

  /**
   * @param text eleven digits of mainland China, as CIAM takes it, or E.164
   * @param countries calling codes that are accepted, without `+`
   * @throws MalformedPhoneNumber
   */
  static parse(text: string, countries: readonly string[]): PhoneNumber {
    const e164 = MAINLAND.test(text) ? `+${CHINA}${text}` : text;
    const country = countries.find((code) => e164.startsWith(`+${code}`));
    const isMainland = country !== CHINA || MAINLAND.test(e164.slice(`+${CHINA}`.length));
    if (country === undefined || !E164.test(e164) || !isMainland) throw new MalformedPhoneNumber();
    return new PhoneNumber(e164, country);
  }

  get profile(): SourceProfile {
    return { phoneNumber: this.e164, purePhoneNumber: this.e164, countryCode: this.countryCode };
  }
}
