import { type SourceProfile } from 'nest-ciam';
import { MalformedPhoneNumber } from './sms-otp.errors.js';

const CHINA = '86';

/** A phone number, as E.164 has it. @see ITU-T E.164 §6.2.1 */
export class PhoneNumber {
  private constructor(
    readonly e164: string,
    private readonly countryCode: string | undefined,
  ) {}

  /**
   * @param text eleven digits of mainland China, as CIAM takes it, or E.164
   * @throws MalformedPhoneNumber
   */
  static parse(text: string): PhoneNumber {
    if (/^1[3-9]\d{9}$/.test(text)) return new PhoneNumber(`+${CHINA}${text}`, CHINA);
    if (!/^\+[1-9]\d{6,14}$/.test(text)) throw new MalformedPhoneNumber();
    return new PhoneNumber(text, text.startsWith(`+${CHINA}`) ? CHINA : undefined);
  }

  get profile(): SourceProfile {
    return { phoneNumber: this.e164, purePhoneNumber: this.e164, countryCode: this.countryCode };
  }
}
