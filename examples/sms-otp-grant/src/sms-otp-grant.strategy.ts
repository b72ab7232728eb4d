import { Injectable } from '@nestjs/common';
import {
  GrantType,
  InvalidGrant,
  InvalidRequest,
  type ExternalSignIn,
  type GrantRequest,
  type GrantStrategy,
} from 'nest-ciam';
import { OtpChallenges } from './otp-challenges.service.js';
import { PhoneNumber } from './phone-number.js';
import { SmsOtpOptions } from './sms-otp.options.js';
import { SmsOtpParameters } from './sms-otp.parameters.js';

export const SMS_OTP_GRANT = 'http://tencentciam.com/oauth2/grant-type/otp/sms';

/**
 * Signs in whoever has the code that was sent to a phone: the number is the identity.
 *
 * @see https://cloud.tencent.com/document/product/1441/71656
 */
@GrantType({
  grantType: SMS_OTP_GRANT,
  parameters: SmsOtpParameters,
  applicationTypes: ['web', 'spa', 'mobile'],
  authSourceTypes: ['sms_otp'],
})
@Injectable()
export class SmsOtpGrantStrategy implements GrantStrategy<SmsOtpParameters> {
  constructor(
    private readonly challenges: OtpChallenges,
    private readonly options: SmsOtpOptions,
  ) {}

  async handle(
    parameters: SmsOtpParameters,
    { application, authSource }: GrantRequest,
  ): Promise<ExternalSignIn> {
    const phoneNumber = PhoneNumber.parse(parameters.phone_number, this.options.countries);
    const redemption = await this.challenges.redeem(parameters.otp_token, parameters.otp, {
      phoneNumber: phoneNumber.e164,
      clientId: application.clientId,
      authSourceId: authSource!.id,
    });
    switch (redemption) {
      case 'unknown':
        throw new InvalidGrant('Unknown or expired otp_token');
      case 'mismatched':
        throw new InvalidRequest('Mismatched OTP token and OTP sending parameters');
      case 'wrong':
        throw new InvalidGrant('Unknown or expired OTP');
      case 'redeemed':
        return {
          kind: 'external',
          identities: [{ type: 'phone_number', issuer: authSource!.appId, subject: phoneNumber.e164 }],
          profile: () => Promise.resolve(phoneNumber.profile),
          signUp: parameters.auto_signup ?? false,
        };
    }
  }
}
