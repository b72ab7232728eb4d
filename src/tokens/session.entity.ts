import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';

/** A refresh-token family: one sign-in of one user at one application, and every refresh token that came of it. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('varchar', { length: 36 })
  id: string;

  @Column('varchar', { length: 128 })
  clientId: string;

  @Index('ix_sessions_user_id')
  @Column('varchar', { length: 36 })
  userId: string;

  @Column('varchar', { length: 128, nullable: true })
  authSourceId: string | null;

  /** What was granted at sign-in; a refresh may narrow its access token, never the session. */
  @Column('simple-json')
  scopes: string[];

  @TimestampColumn()
  createdAt: Date;

  /** The absolute end, however often it is refreshed. */
  @TimestampColumn()
  expiresAt: Date;

  @TimestampColumn({ nullable: true })
  revokedAt: Date | null;
}
