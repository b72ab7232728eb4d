import { All, Controller, HttpCode, Options, Post, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { LoginPreparation, MethodNotAllowed, OAuthEndpoint, TemporarilyUnavailable } from 'nest-ciam';
import { OtpChallenges, type OpenedChallenge } from './otp-challenges.service.js';
import { PhoneNumber } from './phone-number.js';
import { SMS_OTP_GRANT } from './sms-otp-grant.strategy.js';
import { SendOtpParameters } from './sms-otp.parameters.js';
import { SmsOtpOptions } from './sms-otp.options.js';
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
    private readonly options: SmsOtpOptions,
  ) {}

  @Post()
  @HttpCode(200)
  async send(@Req() request: Request): Promise<{ otp_token: string }> {
    const { application, authSource, parameters } = await this.logins.check(
      SMS_OTP_GRANT,
      SendOtpParameters,
      request,
    );
    const phoneNumber = PhoneNumber.parse(parameters.phone_number, this.options.countries).e164;
    const challenge = await this.challenges.open({
      phoneNumber,
      clientId: application.clientId,
      authSourceId: authSource.id,
    });
    await this.deliver(phoneNumber, challenge);
    return { otp_token: challenge.otpToken };
  }

  @Options()
  preflight(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.logins.answerPreflight(request, response);
  }

  @All()
  otherMethod(): never {
    throw new MethodNotAllowed('POST');
  }

  /**
   * @throws TemporarilyUnavailable when it was not sent, which counts for no limit, or when that is not known: that does
   * count, for the message may arrive
   */
  private async deliver(phoneNumber: string, challenge: OpenedChallenge): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const late = new Promise<'late'>((resolve) => {
      signal.addEventListener('abort', () => resolve('late'));
    });
    const failed = (cause: unknown) =>
      new TemporarilyUnavailable('Failed to send OTP. Please try again later.', RETRY_AFTER_S, cause);
    const sending = (async () => this.sender.send(phoneNumber, challenge.otp, signal))();
    try {
      if ((await Promise.race([sending, late])) !== 'late') return;
    } catch (error) {
      await this.challenges.withdraw(challenge);
      throw failed(error);
    }
    sending.catch(() => undefined);
    throw failed(new Error('The sender has not answered in time'));
  }
}
