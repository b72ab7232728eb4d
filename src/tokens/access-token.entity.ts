import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';
import { Session } from './session.entity.js';

/** An access token that has to be remembered: it ends with its session, or has been revoked. The token itself is nowhere. */
@Entity('access_tokens')
export class AccessToken {
  @PrimaryColumn('varchar', { length: 36 })
  jti: string;

  /** `null` for a token that was issued without refresh token. */
  @Index('ix_access_tokens_session_id')
  @Column('varchar', { length: 36, nullable: true })
  sessionId: string | null;

  @ManyToOne(() => Session, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'fk_access_tokens_session' })
  session: Relation<Session> | null;

  /** Not before the token's own `exp`. */
  @Index('ix_access_tokens_expires_at')
  @TimestampColumn()
  expiresAt: Date;

  @TimestampColumn({ nullable: true })
  revokedAt: Date | null;
}
