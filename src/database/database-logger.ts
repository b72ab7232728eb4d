import { Logger as NestLogger } from '@nestjs/common';
import { type Logger } from 'typeorm';

/** Logs what TypeORM reports, never a statement's parameters: they hold personal data. */
export class DatabaseLogger implements Logger {
  private readonly logger = new NestLogger('Database');

  logQuerySlow(time: number, query: string): void {
    this.logger.warn(`A statement took ${time} ms: ${query}`);
  }

  logMigration(message: string): void {
    this.logger.log(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn(String(message));
    else this.logger.debug(String(message));
  }

  logQuery(): void {
    // Statements are not logged: their figures belong to the database's own tools.
  }

  logQueryError(): void {
    // The error is thrown to the caller, which knows whether it is one.
  }

  logSchemaBuild(): void {
    // Only the TypeORM CLI builds schemas, and it prints them itself.
  }
}
