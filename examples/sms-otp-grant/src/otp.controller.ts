import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { type Request } from 'express';
import { LoginPreparation, OAuthEndpoint, TemporarilyUnavailable } from 'nest-ciam';
import { OtpChallenges, type OpenedChallenge } from './otp-challenges.service.js';
import { PhoneNumber } from './phone-number.js';
import { SMS_OTP_GRANT } from './sms-otp-grant.strategy.js';
import { SendOtpParameters } from './sms-otp.parameters.js';
import { SmsSender } from './sms-sender.js';

const DEADLINE_MS = 5000;
const RETRY_AFTER_S = 5;

/** @see https://cloud.tencent.com/document/product/1441/71640 */
@Controller('otp/send')
@OAuthEndpoint()
export class OtpController {
  constructor(
    private readonly logins: LoginPreparation,
    private readonly challenges: OtpChallenges,
    private readonly sender: SmsSender,
  ) {}

  @Post()
  @HttpCode(200)
  async send(@Req() request: Request): Promise<{ otp_token: string }> {
    const { application, authSource, parameters } = await this.logins.check(
      SMS_OTP_GRANT,
      SendOtpParameters,
      request,
    );
    const phoneNumber = PhoneNumber.parse(parameters.phone_number).e164;
    const challenge = await this.challenges.open({
      phoneNumber,
      clientId: application.clientId,
      authSourceId: authSource.id,
    });
    await this.deliver(phoneNumber, challenge);
    return { otp_token: challenge.otpToken };
  }

  /** @throws TemporarilyUnavailable when it was not sent, which counts for no limit */
  private async deliver(phoneNumber: string, challenge: OpenedChallenge): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('The sender has not answered in time')));
    });
    try {
      await Promise.race([this.sender.send(phoneNumber, challenge.otp, signal), late]);
    } catch (error) {
      await this.challenges.withdraw(challenge);
      throw new TemporarilyUnavailable('Failed to send OTP. Please try again later.', RETRY_AFTER_S, error);
    }
  }
}
