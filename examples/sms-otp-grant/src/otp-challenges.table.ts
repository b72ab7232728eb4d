import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Schema, UnitOfWork } from 'nest-ciam';
import { Table, TableIndex } from 'typeorm';

const string = (name: string, length: number) => ({ name, type: 'varchar', length: String(length) });
const number = (name: string, isNullable = false) => ({ name, type: 'bigint', isNullable });

const TABLE = new Table({
  name: 'sms_otp_challenges',
  columns: [
    { ...string('id', 64), isPrimary: true },
    string('otp_hash', 64),
    string('phone_number', 16),
    string('client_id', 128),
    string('auth_source_id', 128),
    { name: 'attempts', type: 'int' },
    number('slot', true),
    number('created_at'),
    number('expires_at'),
    number('consumed_at', true),
  ],
  indices: [
    new TableIndex({ name: 'ix_sms_otp_challenges_phone', columnNames: ['phone_number', 'created_at'] }),
    new TableIndex({ name: 'ix_sms_otp_challenges_created_at', columnNames: ['created_at'] }),
    new TableIndex({
      name: 'uq_sms_otp_challenges_slot',
      columnNames: ['phone_number', 'slot'],
      isUnique: true,
    }),
  ],
});

/**
 * Makes the table where there is none: a grant of one's own has no part in the service's migrations, and comes after them.
 * The database user must be allowed to.
 */
@Injectable()
export class OtpChallengesTable implements OnModuleInit {
  constructor(
    private readonly schema: Schema,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.schema.whenApplied(() => this.create());
  }

  private async create(): Promise<void> {
    try {
      await this.unitOfWork.run((manager) => manager.queryRunner!.createTable(TABLE, true));
    } catch (error) {
      // Another process may have been faster.
      if (!(await this.unitOfWork.run((manager) => manager.queryRunner!.hasTable(TABLE)))) throw error;
    }
  }
}
