import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Schema } from '../database/schema.js';
import { Snapshots } from '../database/snapshots.js';
import { SigningKeysService } from '../tokens/signing-keys.service.js';
import { CleanUp } from './clean-up.service.js';
import { Job } from './job.js';
import { SigningKeyUpkeep } from './signing-key-upkeep.service.js';

/** What every instance does by itself, and how often. */
@Injectable()
export class ScheduledJobs implements BeforeApplicationShutdown {
  private readonly changeLookUp: Job;
  private readonly keyReload: Job;
  private readonly keyUpkeep: Job;
  private readonly cleanUp: Job;
  private readonly ending = new AbortController();

  constructor(
    private readonly schema: Schema,
    keys: SigningKeysService,
    upkeep: SigningKeyUpkeep,
    cleanUp: CleanUp,
    snapshots: Snapshots,
  ) {
    this.changeLookUp = this.job('Looking for changed settings', () => snapshots.look());
    this.keyReload = this.job('Reading the signing keys', () => keys.reload());
    this.keyUpkeep = this.job('Rotating the signing keys', () => upkeep.run());
    this.cleanUp = this.job('Deleting what has expired', () => cleanUp.run(this.ending.signal));
  }

  /** What another instance has changed is in force here soon after. */
  @Interval(2000)
  lookForChanges(): Promise<void> {
    return this.changeLookUp.run();
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
  deleteExpired(): Promise<void> {
    return this.cleanUp.run();
  }

  /** What is running ends before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    const jobs = [this.changeLookUp, this.keyReload, this.keyUpkeep, this.cleanUp];
    await Promise.all(jobs.map((job) => job.settled()));
  }

  /** A job for a database that has its tables. */
  private job(name: string, work: () => Promise<unknown>): Job {
    return new Job(name, async () => {
      if (!this.ending.signal.aborted && (await this.schema.isApplied())) await work();
    });
  }
}
