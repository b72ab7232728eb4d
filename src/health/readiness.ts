import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Schema } from '../database/schema.js';

const ANSWER_WITHIN_MS = 2000;

/** Why the service cannot do its work now. */
export type Hindrance = 'database' | 'migrations' | 'shutting down';

/** Whether the service can do its work: database reachable, migrations applied, keys and settings read, not about to end. */
@Injectable()
export class Readiness {
  private shuttingDown = false;
  private asking: Promise<Hindrance | undefined> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly schema: Schema,
  ) {}

  /** From now on the service is not ready, whatever else holds. */
  beginShutdown(): void {
    this.shuttingDown = true;
  }

  /** What is in the way, within two seconds; `undefined` when the service is ready. */
  async hindrance(): Promise<Hindrance | undefined> {
    if (this.shuttingDown) return 'shutting down';
    // However many ask at once, the database is asked once.
    this.asking ??= this.answerInTime().finally(() => (this.asking = undefined));
    const hindrance = await this.asking;
    return this.shuttingDown ? 'shutting down' : hindrance;
  }

  private async answerInTime(): Promise<Hindrance | undefined> {
    const silence = new AbortController();
    const tooLate = delay(ANSWER_WITHIN_MS, 'database' as const, { signal: silence.signal });
    try {
      return await Promise.race([this.askDatabase(), tooLate]);
    } finally {
      tooLate.catch(() => undefined);
      silence.abort();
    }
  }

  private async askDatabase(): Promise<Hindrance | undefined> {
    try {
      await this.dataSource.query('SELECT 1');
    } catch {
      return 'database';
    }
    return (await this.schema.isPrepared()) ? undefined : 'migrations';
  }
}
