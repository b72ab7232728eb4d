import { Table, TableForeignKey, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { columns } from './columns.js';
import { hasIndex } from './indices.js';

const sessionExpiry = new TableIndex({ name: 'ix_sessions_expires_at', columnNames: ['expires_at'] });
const refreshTokenExpiry = new TableIndex({
  name: 'ix_refresh_tokens_expires_at',
  columnNames: ['expires_at'],
});
const refreshTokenSeal = new TableIndex({
  name: 'ix_refresh_tokens_sealed_until',
  columnNames: ['sealed_until'],
});

/**
 * Access tokens that are remembered, signing keys that are replaced, and the clean-up of what has expired.
 *
 * MySQL keeps what was done of a migration that is cut off, so each step is left out when it has been done. What takes
 * long on a large table comes first.
 */
export class TokenLifecycle1795305600000 implements MigrationInterface {
  readonly name = 'TokenLifecycle1795305600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { string, integer, timestamp } = columns(queryRunner);
    const primary = { isPrimary: true };
    const optional = { isNullable: true };

    // A session goes with the last of its tokens, so it is the tokens that are looked for.
    if (!(await hasIndex(queryRunner, 'refresh_tokens', refreshTokenExpiry))) {
      await queryRunner.createIndex('refresh_tokens', refreshTokenExpiry);
    }
    if (!(await queryRunner.hasColumn('refresh_tokens', 'sealed_until'))) {
      await queryRunner.addColumn('refresh_tokens', timestamp('sealed_until', optional));
    }
    // The longest refresh_reuse_interval there may be.
    await queryRunner.query(
      'UPDATE refresh_tokens SET sealed_until = consumed_at + 3600000 WHERE successor_sealed IS NOT NULL',
    );
    if (!(await hasIndex(queryRunner, 'refresh_tokens', refreshTokenSeal))) {
      await queryRunner.createIndex('refresh_tokens', refreshTokenSeal);
    }
    if (await hasIndex(queryRunner, 'sessions', sessionExpiry)) {
      await queryRunner.dropIndex('sessions', sessionExpiry);
    }

    await queryRunner.createTable(
      new Table({
        name: 'access_tokens',
        columns: [
          string('jti', 36, primary),
          string('session_id', 36, optional),
          timestamp('expires_at'),
          timestamp('revoked_at', optional),
        ],
        foreignKeys: [
          new TableForeignKey({
            name: 'fk_access_tokens_session',
            columnNames: ['session_id'],
            referencedTableName: 'sessions',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          }),
        ],
        indices: [
          new TableIndex({ name: 'ix_access_tokens_session_id', columnNames: ['session_id'] }),
          new TableIndex({ name: 'ix_access_tokens_expires_at', columnNames: ['expires_at'] }),
        ],
      }),
      true,
    );

    for (const column of [
      timestamp('usable_from', { default: 0 }),
      timestamp('activated_at', optional),
      timestamp('rotation_requested_at', optional),
      timestamp('retired_at', optional),
      integer('longest_ttl', { default: 0 }),
    ]) {
      if (!(await queryRunner.hasColumn('signing_keys', column.name))) {
        await queryRunner.addColumn('signing_keys', column);
      }
    }
    // Their time begins now: instances of the release before, which may go on for a while, know no other keys.
    await queryRunner.query(`UPDATE signing_keys SET activated_at = ${Date.now()}`);
    // Keys that have signed already: what they signed may live as long as any application allows.
    await queryRunner.query(`
      UPDATE signing_keys SET longest_ttl = COALESCE((
        SELECT MAX(CASE WHEN access_token_ttl > id_token_ttl THEN access_token_ttl ELSE id_token_ttl END)
        FROM applications
      ), 0)`);

    await queryRunner.createTable(
      new Table({ name: 'leases', columns: [string('name', 64, primary), timestamp('expires_at')] }),
      true,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('leases');
    // The release before knows active keys alone.
    await queryRunner.query(`DELETE FROM signing_keys WHERE state <> 'active'`);
    await queryRunner.dropColumns('signing_keys', [
      'usable_from',
      'activated_at',
      'rotation_requested_at',
      'retired_at',
      'longest_ttl',
    ]);
    await queryRunner.dropIndex('refresh_tokens', refreshTokenSeal);
    await queryRunner.dropColumn('refresh_tokens', 'sealed_until');
    await queryRunner.dropIndex('refresh_tokens', refreshTokenExpiry);
    await queryRunner.createIndex('sessions', sessionExpiry);
    await queryRunner.dropTable('access_tokens');
  }
}
