import { type DynamicModule } from '@nestjs/common';
import { SmsOtpModule } from './sms-otp.module.js';
import { ConsoleSmsSender } from './sms-sender.js';

/** `GRANT_MODULES=sms-otp-grant/development`: prints the codes instead of sending them. */
function moduleForDevelopment(): DynamicModule {
  if (process.env.NODE_ENV === 'production') {
    throw new Error(
      'it prints the codes; in production a file of yours exports SmsOtpModule.forRoot(sender)',
    );
  }
  return SmsOtpModule.forRoot(ConsoleSmsSender);
}

export default moduleForDevelopment();
