import { Logger, type LoggerService } from '@nestjs/common';

const nothing = () => undefined;
const silent: LoggerService = { log: nothing, error: nothing, warn: nothing };

/**
 * Nest keeps one logger for the whole process, and the process may be shared with a service under test:
 * it is muted while a simulator boots and given back afterwards, unless somebody has set another meanwhile.
 */
export class BootSilence extends Logger {
  private static boots = 0;
  private static former: LoggerService | undefined;

  static async during<Result>(boot: () => Promise<Result>): Promise<Result> {
    if (this.boots++ === 0) {
      this.former = Logger.staticInstanceRef;
      Logger.overrideLogger(silent);
    }
    try {
      return await boot();
    } finally {
      if (--this.boots === 0 && Logger.staticInstanceRef === silent) {
        Logger.overrideLogger(this.former ?? false);
      }
    }
  }
}
