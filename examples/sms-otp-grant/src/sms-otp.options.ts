/** How codes are sent. */
export abstract class SmsOtpOptions {
  /** Seconds that a code may be presented for. */
  readonly lifetime: number = 300;
  /** Codes that may be tried for one that was sent. */
  readonly attempts: number = 5;
  /** Seconds between two messages to one number; 0 is no limit. */
  readonly interval: number = 30;
  /** Messages to one number in 24 hours. */
  readonly perDay: number = 50;
  /** Calling codes of the countries that are sent to, without `+`: what goes elsewhere costs more, and is whose aim it may be. */
  readonly countries: readonly string[] = ['86'];
}
