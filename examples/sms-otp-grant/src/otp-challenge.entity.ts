import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A code that was sent. Neither it nor the token that asks for it can be told from the row. */
@Entity('sms_otp_challenges')
@Index('ix_sms_otp_challenges_phone', ['phoneNumber', 'createdAt'])
@Index('ix_sms_otp_challenges_created_at', ['createdAt'])
@Index('uq_sms_otp_challenges_slot', ['phoneNumber', 'slot'], { unique: true })
export class OtpChallenge {
  /** SHA-256 of the `otp_token`. */
  @PrimaryColumn('varchar', { length: 64 })
  id: string;

  /** HMAC of the code under the `otp_token`, which makes trying all codes no use. */
  @Column('varchar', { length: 64 })
  otpHash: string;

  @Column('varchar', { length: 16 })
  phoneNumber: string;

  @Column('varchar', { length: 128 })
  clientId: string;

  @Column('varchar', { length: 128 })
  authSourceId: string;

  /** Codes that were tried. */
  @Column('int')
  attempts: number;

  /** The interval that it was sent in: there is one for a number. */
  @Column('bigint', { nullable: true })
  slot: number | null;

  /** Milliseconds since 1970, as all times here. */
  @Column('bigint')
  createdAt: number;

  @Column('bigint')
  expiresAt: number;

  /** When its code was presented. */
  @Column('bigint', { nullable: true })
  consumedAt: number | null;
}
