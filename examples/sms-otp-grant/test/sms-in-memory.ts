import { SmsSender } from '../src/sms-sender.js';

/** Keeps the messages, and fails or hangs when it is told to. */
export class SmsInMemory extends SmsSender {
  fault: 'fails' | 'throws' | 'hangs' | undefined;
  private readonly codes = new Map<string, string[]>();

  override send(phoneNumber: string, otp: string): Promise<void> {
    if (this.fault === 'throws') throw new Error('not even a promise');
    if (this.fault === 'fails') return Promise.reject(new Error('no credit'));
    if (this.fault === 'hangs') return new Promise(() => undefined);
    this.codes.set(phoneNumber, [...this.codesOf(phoneNumber), otp]);
    return Promise.resolve();
  }

  /** All that was sent to a number, the latest last. */
  codesOf(phoneNumber: string): readonly string[] {
    return this.codes.get(phoneNumber) ?? [];
  }
}
