import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';
import { Session } from './session.entity.js';

/** One refresh token of a session. The token itself is nowhere. */
@Entity('refresh_tokens')
export class RefreshToken {
  /** SHA-256 of the token, base64url. */
  @PrimaryColumn('varchar', { length: 43 })
  hash: string;

  @Index('ix_refresh_tokens_session_id')
  @Column('varchar', { length: 36 })
  sessionId: string;

  @ManyToOne(() => Session, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'fk_refresh_tokens_session' })
  session: Relation<Session>;

  @TimestampColumn()
  createdAt: Date;

  @Index('ix_refresh_tokens_expires_at')
  @TimestampColumn()
  expiresAt: Date;

  /** When it was exchanged for its successor. */
  @TimestampColumn({ nullable: true })
  consumedAt: Date | null;

  @Column('varchar', { length: 43, nullable: true })
  successorHash: string | null;

  /** The successor, encrypted under a key that only this token's holder can derive. */
  @Column('text', { nullable: true })
  successorSealed: string | null;

  /** From when on the sealed successor is not answered any more; `null` when it has been forgotten, too. */
  @Index('ix_refresh_tokens_sealed_until')
  @TimestampColumn({ nullable: true })
  sealedUntil: Date | null;
}
