import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { columns } from './columns.js';

/** Token requests that their client may repeat. */
export class IdempotentRequests1795738200000 implements MigrationInterface {
  readonly name = 'IdempotentRequests1795738200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { string, text, timestamp } = columns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'idempotent_requests',
        columns: [
          string('id', 43, { isPrimary: true }),
          string('fingerprint', 43),
          string('state', 16),
          text('sealed', { isNullable: true }),
          string('owner', 64),
          timestamp('leased_until'),
          timestamp('expires_at'),
        ],
        indices: [{ name: 'ix_idempotent_requests_expires_at', columnNames: ['expires_at'] }],
      }),
      true,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('idempotent_requests');
  }
}
