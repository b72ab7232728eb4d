import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';
import { TimestampColumn } from '../database/columns.js';

/** A key pair that signs tokens. */
@Entity('signing_keys')
@Index('uq_signing_keys_slot', ['slot'], { unique: true })
export class SigningKey {
  /** A UUID; the `kid` of every token that it signs. */
  @PrimaryColumn('varchar', { length: 36 })
  kid: string;

  @Column('varchar', { length: 16 })
  alg: SigningAlgorithm;

  /** `active` signs. */
  @Column('varchar', { length: 16 })
  state: 'active';

  /** `RS256 active`: of each algorithm one key is active. Being unique, it decides which process creates it. */
  @Column('varchar', { length: 32, nullable: true })
  slot: string | null;

  @Column('simple-json')
  publicJwk: Readonly<Record<string, string>>;

  /** PKCS#8 in PEM, sealed. */
  @Column('text')
  privateKeySealed: string;

  @TimestampColumn()
  createdAt: Date;
}
