import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { columns } from './columns.js';
import { hasIndex } from './indices.js';

/** Each list of the admin API is read in the order of an index. */
const added: readonly (readonly [table: string, name: string, columnNames: string[]])[] = [
  ['audit_events', 'ix_audit_events_time', ['created_at', 'id']],
  ['audit_events', 'ix_audit_events_user', ['user_id', 'created_at', 'id']],
  ['audit_events', 'ix_audit_events_client', ['client_id', 'created_at', 'id']],
  ['audit_events', 'ix_audit_events_type', ['type', 'created_at', 'id']],
  ['audit_events', 'ix_audit_events_user_type', ['user_id', 'type', 'created_at', 'id']],
  ['audit_events', 'ix_audit_events_client_type', ['client_id', 'type', 'created_at', 'id']],
  ['users', 'ix_users_phone_number', ['phone_number', 'id']],
  ['users', 'ix_users_status', ['status', 'id']],
  ['external_identities', 'ix_external_identities_subject', ['type', 'subject']],
  ['sessions', 'ix_sessions_user', ['user_id', 'id']],
  ['sessions', 'ix_sessions_client', ['client_id', 'revoked_at']],
  ['sessions', 'ix_sessions_auth_source', ['auth_source_id', 'revoked_at']],
];

/** What those above replace. */
const dropped: typeof added = [
  ['audit_events', 'ix_audit_events_created_at', ['created_at']],
  ['audit_events', 'ix_audit_events_user_id', ['user_id', 'created_at']],
  ['sessions', 'ix_sessions_user_id', ['user_id']],
];

/**
 * Indexes for whatever the admin API lists and ends, and the revisions by which every process knows of changes.
 *
 * MySQL keeps what was done of a migration that is cut off, so each step is left out when it has been done.
 */
export class Administration1795651200000 implements MigrationInterface {
  readonly name = 'Administration1795651200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { string, integer } = columns(queryRunner);
    await addIndices(queryRunner, added);
    await dropIndices(queryRunner, dropped);
    await queryRunner.createTable(
      new Table({ name: 'revisions', columns: [string('name', 64, { isPrimary: true }), integer('value')] }),
      true,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('revisions');
    await addIndices(queryRunner, dropped);
    await dropIndices(queryRunner, added);
  }
}

async function addIndices(queryRunner: QueryRunner, indices: typeof added): Promise<void> {
  for (const [table, name, columnNames] of indices) {
    const index = new TableIndex({ name, columnNames });
    if (!(await hasIndex(queryRunner, table, index))) await queryRunner.createIndex(table, index);
  }
}

async function dropIndices(queryRunner: QueryRunner, indices: typeof added): Promise<void> {
  for (const [table, name, columnNames] of indices) {
    const index = new TableIndex({ name, columnNames });
    if (await hasIndex(queryRunner, table, index)) await queryRunner.dropIndex(table, index);
  }
}
