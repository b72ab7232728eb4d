import { Logger } from '@nestjs/common';

/** Work that is done again and again. It never overtakes itself, and never throws: there is nobody to catch it. */
export class Job {
  private readonly logger = new Logger('Maintenance');
  private running: Promise<void> | undefined;
  private failing = false;

  /** @param name what it does, as the log shall say it */
  constructor(
    private readonly name: string,
    private readonly work: () => Promise<unknown>,
  ) {}

  /** Does the work, unless it is being done. */
  async run(): Promise<void> {
    this.running ??= this.attempt().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Waits for what is being done. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** A failure is told when it begins, not at every attempt. */
  private async attempt(): Promise<void> {
    try {
      await this.work();
      if (this.failing) this.logger.log(`${this.name}: works again`);
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.logger.warn(new Error(`${this.name}: failed, will be tried again`, { cause: error }));
      this.failing = true;
    }
  }
}
