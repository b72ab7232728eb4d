import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OAuthModule } from 'nest-ciam';
import { OtpChallenge } from './otp-challenge.entity.js';
import { OtpChallengesTable } from './otp-challenges.table.js';
import { OtpChallenges } from './otp-challenges.service.js';
import { OtpController } from './otp.controller.js';
import { SmsOtpGrantStrategy } from './sms-otp-grant.strategy.js';
import { SmsOtpOptions } from './sms-otp.options.js';
import { SmsSender } from './sms-sender.js';

/**
 * Sign-in by a code that is sent to a phone: the grant `http://tencentciam.com/oauth2/grant-type/otp/sms` and the
 * endpoint `POST /otp/send`. Its auth sources have the type `sms_otp`.
 */
@Module({
  imports: [OAuthModule, TypeOrmModule.forFeature([OtpChallenge])],
  controllers: [OtpController],
  providers: [OtpChallengesTable, OtpChallenges, SmsOtpGrantStrategy],
})
export class SmsOtpModule {
  static forRoot(sender: Type<SmsSender> | SmsSender, options: Partial<SmsOtpOptions> = {}): DynamicModule {
    class GivenOptions extends SmsOtpOptions {}
    return {
      module: SmsOtpModule,
      providers: [
        typeof sender === 'function'
          ? { provide: SmsSender, useClass: sender }
          : { provide: SmsSender, useValue: sender },
        { provide: SmsOtpOptions, useValue: Object.assign(new GivenOptions(), options) },
      ],
    };
  }
}

export { SMS_OTP_GRANT } from './sms-otp-grant.strategy.js';
export { SmsOtpOptions } from './sms-otp.options.js';
export { ConsoleSmsSender, SmsSender } from './sms-sender.js';
