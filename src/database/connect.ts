import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { DatabaseUnavailable, isUnreachable } from './database-errors.js';

const BOOT_PATIENCE_MS = 10_000;

/**
 * Connects at boot, patiently: a database that starts at the same time is waited for.
 *
 * @throws DatabaseUnavailable when it is out of reach for ten seconds; its message has host and port, no credentials
 */
export async function connect(options: DataSourceOptions): Promise<DataSource> {
  const logger = new Logger('Database');
  const deadline = performance.now() + BOOT_PATIENCE_MS;
  if (options.type === 'better-sqlite3' && options.database !== ':memory:')
    await keepToOwner(options.database);
  for (;;) {
    try {
      return await new DataSource(options).initialize();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      const reason = (error as { code?: string }).code ?? 'no answer';
      if (performance.now() >= deadline) {
        throw new DatabaseUnavailable(`The database at ${locationOf(options)} cannot be reached: ${reason}`, {
          cause: error,
        });
      }
      logger.warn(`The database at ${locationOf(options)} cannot be reached (${reason}), trying again`);
      await delay(Math.min(500, Math.max(1, deadline - performance.now())));
    }
  }
}

function locationOf(options: DataSourceOptions): string {
  return options.type === 'mysql' ? `${options.host}:${options.port}` : String(options.database);
}

/** Creates the file for its owner's eyes alone: it holds phone numbers. */
async function keepToOwner(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o600);
  await file.close();
}
