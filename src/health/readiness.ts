import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';

const ANSWER_WITHIN_MS = 2000;

/** Why the service cannot do its work now. */
export type Hindrance = 'database' | 'migrations' | 'shutting down';

/** Whether the service can do its work: database reachable, migrations applied, not about to end. */
@Injectable()
export class Readiness {
  private shuttingDown = false;
  private migrated = false;
  private asking: Promise<Hindrance | undefined> | undefined;

  constructor(private readonly dataSource: DataSource) {}

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
    // Once applied, migrations stay applied.
    this.migrated ||= await this.areMigrationsApplied();
    return this.migrated ? undefined : 'migrations';
  }

  /** Asks by itself: TypeORM's own question creates the table of migrations where there is none. */
  private async areMigrationsApplied(): Promise<boolean> {
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
