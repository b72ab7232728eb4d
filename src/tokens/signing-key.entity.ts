import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';
import { TimestampColumn } from '../database/columns.js';

/** `next` is published and will sign, `active` signs, `retired` has signed what has not expired yet. */
export const SIGNING_KEY_STATES = ['next', 'active', 'retired'] as const;
export type SigningKeyState = (typeof SIGNING_KEY_STATES)[number];

/** A key pair that signs tokens. */
@Entity('signing_keys')
@Index('uq_signing_keys_slot', ['slot'], { unique: true })
export class SigningKey {
  /** A UUID; the `kid` of every token that it signs. */
  @PrimaryColumn('varchar', { length: 36 })
  kid: string;

  @Column('varchar', { length: 16 })
  alg: SigningAlgorithm;

  @Column('varchar', { length: 16 })
  state: SigningKeyState;

  /**
   * `RS256 active` or `RS256 next`, `null` for retired keys: of each algorithm one key is active and one is next.
   * Being unique, it decides which process creates it.
   */
  @Column('varchar', { length: 32, nullable: true })
  slot: string | null;

  @Column('simple-json')
  publicJwk: Readonly<Record<string, string>>;

  /** PKCS#8 in PEM, sealed; empty when the key is retired. */
  @Column('text')
  privateKeySealed: string;

  @TimestampColumn()
  createdAt: Date;

  /** Not active before: by then everybody who keeps a JWKS has one with this key. */
  @TimestampColumn({ default: 0 })
  usableFrom: Date;

  @TimestampColumn({ nullable: true })
  activatedAt: Date | null;

  /** Somebody wants it replaced as soon as the next key may sign. */
  @TimestampColumn({ nullable: true })
  rotationRequestedAt: Date | null;

  @TimestampColumn({ nullable: true })
  retiredAt: Date | null;

  /** The longest lifetime of any token that it was to sign, in seconds: so long it stays when it is retired. */
  @Column('int', { default: 0 })
  longestTtl: number;
}
