import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { columns } from './columns.js';

/**
 * The origins of the browser applications that may read answers.
 *
 * Instances of the release before, which may go on for a while, register applications without: so there may be none.
 * MySQL keeps what was done of a migration that is cut off, so the step is left out when it has been done.
 */
export class CorsOrigins1795737600000 implements MigrationInterface {
  readonly name = 'CorsOrigins1795737600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const { text } = columns(queryRunner);
    if (await queryRunner.hasColumn('applications', 'cors_origins')) return;
    await queryRunner.addColumn('applications', text('cors_origins', { isNullable: true }));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('applications', 'cors_origins');
  }
}
