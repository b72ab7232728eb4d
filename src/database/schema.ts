import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { isUnreachable } from './database-errors.js';

const POLL_MS = 500;

/** Whether the tables are there that this version of the service works with. */
@Injectable()
export class Schema implements OnModuleDestroy {
  private readonly logger = new Logger('Schema');
  private applied = false;
  /** What is done as soon as the tables are there, and is not done yet. */
  private outstanding = 0;
  private readonly ending = new AbortController();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  onModuleDestroy(): void {
    this.ending.abort();
  }

  /** Whether every migration has been applied; that is asked until they are, for applied they stay. */
  async isApplied(): Promise<boolean> {
    this.applied ||= await this.areAllNamed();
    return this.applied;
  }

  /** Whether, besides, all that waited for it has been done: keys and settings are read. */
  async isPrepared(): Promise<boolean> {
    return (await this.isApplied()) && this.outstanding === 0;
  }

  /**
   * Does `work` at once when every migration has been applied. Otherwise, with `MIGRATIONS_RUN=false`, the service
   * starts without being ready, and `work` is done as soon as somebody has applied them.
   */
  async whenApplied(work: () => Promise<void>): Promise<void> {
    if (await this.isApplied()) return work();
    this.logger.warn('Migrations are pending; waiting for somebody to run them');
    this.outstanding++;
    void this.later(work).then(() => this.outstanding--);
  }

  private async later(work: () => Promise<void>): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        if (await this.isApplied()) return await work();
      } catch (error) {
        if (!isUnreachable(error)) throw error;
      }
      await delay(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Asks by itself: TypeORM's own question creates the table of migrations where there is none. */
  private async areAllNamed(): Promise<boolean> {
    const { migrations, options } = this.dataSource;
    try {
      const applied = await this.dataSource
        .createQueryBuilder()
        .select('name', 'name')
        .from(options.migrationsTableName ?? 'migrations', 'migrations')
        .getRawMany<{ name: string }>();
      const names = new Set(applied.map(({ name }) => name));
      return migrations.every((migration) => names.has(migration.name ?? migration.constructor.name));
    } catch {
      return false;
    }
  }
}
