import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Schema } from '../database/schema.js';
import { SigningKeysService } from '../tokens/signing-keys.service.js';
import { Job } from './job.js';
import { SigningKeyUpkeep } from './signing-key-upkeep.service.js';
import { TokenCleanUp } from './token-clean-up.service.js';

/** What every instance does by itself, and how often. */
@Injectable()
export class ScheduledJobs implements BeforeApplicationShutdown {
  private readonly keyReload: Job;
  private readonly keyUpkeep: Job;
  private readonly tokenCleanUp: Job;
  private readonly ending = new AbortController();

  constructor(
    private readonly schema: Schema,
    keys: SigningKeysService,
    upkeep: SigningKeyUpkeep,
    cleanUp: TokenCleanUp,
  ) {
    this.keyReload = this.job('Reading the signing keys', () => keys.reload());
    this.keyUpkeep = this.job('Rotating the signing keys', () => upkeep.run());
    this.tokenCleanUp = this.job('Deleting expired tokens', () => cleanUp.run(this.ending.signal));
  }

  /** Another instance's rotation is known here soon after. */
  @Interval(3000)
  reloadKeys(): Promise<void> {
    return this.keyReload.run();
  }

  @Interval(60_000)
  rotateKeys(): Promise<void> {
    return this.keyUpkeep.run();
  }

  @Interval(60_000)
  deleteExpiredTokens(): Promise<void> {
    return this.tokenCleanUp.run();
  }

  /** What is running ends before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    await Promise.all([this.keyReload, this.keyUpkeep, this.tokenCleanUp].map((job) => job.settled()));
  }

  /** A job for a database that has its tables. */
  private job(name: string, work: () => Promise<unknown>): Job {
    return new Job(name, async () => {
      if (!this.ending.signal.aborted && (await this.schema.isApplied())) await work();
    });
  }
}
