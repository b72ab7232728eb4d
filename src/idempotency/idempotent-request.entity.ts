import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';

/** `begun`: nothing is known yet. `progressed`: what must not be done twice is done. `done`: there is an outcome. */
export type RequestState = 'begun' | 'progressed' | 'done';

/** A request that its client may repeat. Neither its key nor anything of it is here in the clear. */
@Entity('idempotent_requests')
export class IdempotentRequest {
  /** SHA-256 of the key and of whose it is, base64url. */
  @PrimaryColumn('varchar', { length: 43 })
  id: string;

  /** What the request was: HMAC-SHA-256 under a secret derived from the key, base64url. */
  @Column('varchar', { length: 43 })
  fingerprint: string;

  @Column('varchar', { length: 16 })
  state: RequestState;

  /** Progress or outcome, encrypted under a secret derived from the key. */
  @Column('text', { nullable: true })
  sealed: string | null;

  /** The attempt that is working on it. */
  @Column('varchar', { length: 64 })
  owner: string;

  /** When an attempt of another instance is given up for dead. */
  @TimestampColumn()
  leasedUntil: Date;

  @Index('ix_idempotent_requests_expires_at')
  @TimestampColumn()
  expiresAt: Date;
}
