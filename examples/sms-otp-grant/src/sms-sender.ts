import { Injectable } from '@nestjs/common';

/** Whoever sends the messages. */
export abstract class SmsSender {
  /**
   * @param phoneNumber E.164
   * @param otp the code, six digits
   * @param signal says when it is waited for no longer
   * @throws any error when the message was not sent
   */
  abstract send(phoneNumber: string, otp: string, signal: AbortSignal): Promise<void>;
}

/** Prints the messages instead: for development. */
@Injectable()
export class ConsoleSmsSender extends SmsSender {
  override send(phoneNumber: string, otp: string): Promise<void> {
    process.stdout.write(`SMS to ${phoneNumber}: your code is ${otp}\n`);
    return Promise.resolve();
  }
}
