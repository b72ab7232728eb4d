import { Table, TableForeignKey, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { columns } from './columns.js';

export class InitialSchema1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { string, text, integer, boolean, timestamp } = columns(queryRunner);
    const primary = { isPrimary: true };
    const optional = { isNullable: true };

    await queryRunner.createTable(
      new Table({
        name: 'applications',
        columns: [
          string('client_id', 128, primary),
          string('name', 255),
          string('type', 16),
          boolean('enabled'),
          string('client_secret_hash', 255, optional),
          text('grant_types'),
          text('scopes'),
          integer('access_token_ttl'),
          integer('id_token_ttl'),
          integer('refresh_token_ttl'),
          integer('refresh_token_max_ttl'),
          integer('refresh_reuse_interval'),
          string('signing_alg', 16),
          string('token_profile', 16),
          text('id_token_claims'),
          timestamp('created_at'),
          timestamp('updated_at'),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'auth_sources',
        columns: [
          string('id', 128, primary),
          string('type', 32),
          string('name', 255),
          boolean('enabled'),
          string('app_id', 128),
          text('app_secret_sealed', optional),
          string('open_platform_account', 128),
          text('attribute_mapping'),
          timestamp('created_at'),
          timestamp('updated_at'),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'auth_source_applications',
        columns: [string('auth_source_id', 128, primary), string('client_id', 128, primary)],
        foreignKeys: [
          new TableForeignKey({
            name: 'fk_auth_source_applications_source',
            columnNames: ['auth_source_id'],
            referencedTableName: 'auth_sources',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            // Said aloud, because the databases call their own default by different names.
            onUpdate: 'NO ACTION',
          }),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'users',
        columns: [
          string('id', 36, primary),
          string('status', 16),
          string('name', 255, optional),
          string('nickname', 255, optional),
          string('picture', 2048, optional),
          string('gender', 32, optional),
          string('locality', 255, optional),
          string('region', 255, optional),
          string('country', 255, optional),
          string('locale', 35, optional),
          string('phone_number', 16, optional),
          text('custom'),
          timestamp('created_at'),
          timestamp('updated_at'),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'external_identities',
        columns: [
          string('type', 32, primary),
          string('issuer', 128, primary),
          string('subject', 128, primary),
          string('user_id', 36),
          timestamp('created_at'),
        ],
        foreignKeys: [
          new TableForeignKey({
            name: 'fk_external_identities_user',
            columnNames: ['user_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          }),
        ],
        indices: [new TableIndex({ name: 'ix_external_identities_user_id', columnNames: ['user_id'] })],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'signing_keys',
        columns: [
          string('kid', 36, primary),
          string('alg', 16),
          string('state', 16),
          string('slot', 32, optional),
          text('public_jwk'),
          text('private_key_sealed'),
          timestamp('created_at'),
        ],
        indices: [new TableIndex({ name: 'uq_signing_keys_slot', columnNames: ['slot'], isUnique: true })],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'sessions',
        columns: [
          string('id', 36, primary),
          string('client_id', 128),
          string('user_id', 36),
          string('auth_source_id', 128, optional),
          text('scopes'),
          timestamp('created_at'),
          timestamp('expires_at'),
          timestamp('revoked_at', optional),
        ],
        indices: [
          new TableIndex({ name: 'ix_sessions_user_id', columnNames: ['user_id'] }),
          new TableIndex({ name: 'ix_sessions_expires_at', columnNames: ['expires_at'] }),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'refresh_tokens',
        columns: [
          string('hash', 43, primary),
          string('session_id', 36),
          timestamp('created_at'),
          timestamp('expires_at'),
          timestamp('consumed_at', optional),
          string('successor_hash', 43, optional),
          text('successor_sealed', optional),
        ],
        foreignKeys: [
          new TableForeignKey({
            name: 'fk_refresh_tokens_session',
            columnNames: ['session_id'],
            referencedTableName: 'sessions',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          }),
        ],
        indices: [new TableIndex({ name: 'ix_refresh_tokens_session_id', columnNames: ['session_id'] })],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'audit_events',
        columns: [
          string('id', 36, primary),
          string('type', 32),
          timestamp('created_at'),
          string('client_id', 128, optional),
          string('auth_source_id', 128, optional),
          string('user_id', 36, optional),
          string('address', 45, optional),
          string('user_agent', 512, optional),
          text('detail'),
        ],
        indices: [
          new TableIndex({ name: 'ix_audit_events_created_at', columnNames: ['created_at'] }),
          new TableIndex({ name: 'ix_audit_events_user_id', columnNames: ['user_id', 'created_at'] }),
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [
      'audit_events',
      'refresh_tokens',
      'sessions',
      'signing_keys',
      'external_identities',
      'users',
      'auth_source_applications',
      'auth_sources',
      'applications',
    ]) {
      await queryRunner.dropTable(table);
    }
  }
}
