import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';

/** A refresh-token family: one sign-in of one user at one application, and every refresh token that came of it. */
@Entity('sessions')
@Index('ix_sessions_user', ['userId', 'id'])
@Index('ix_sessions_client', ['clientId', 'revokedAt'])
@Index('ix_sessions_auth_source', ['authSourceId', 'revokedAt'])
export class Session {
  @PrimaryColumn('varchar', { length: 36 })
  id: string;

  @Column('varchar', { length: 128 })
  clientId: string;

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
