import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';

/** What happened, to whom, at whose request. Holds no secret, no profile and no full phone number. */
@Entity('audit_events')
@Index('ix_audit_events_time', ['createdAt', 'id'])
@Index('ix_audit_events_user', ['userId', 'createdAt', 'id'])
@Index('ix_audit_events_client', ['clientId', 'createdAt', 'id'])
@Index('ix_audit_events_type', ['type', 'createdAt', 'id'])
@Index('ix_audit_events_user_type', ['userId', 'type', 'createdAt', 'id'])
@Index('ix_audit_events_client_type', ['clientId', 'type', 'createdAt', 'id'])
export class AuditEvent {
  /** A UUID version 7: ordered by time. */
  @PrimaryColumn('varchar', { length: 36 })
  id: string;

  @Column('varchar', { length: 32 })
  type: string;

  @TimestampColumn()
  createdAt: Date;

  @Column('varchar', { length: 128, nullable: true })
  clientId: string | null;

  @Column('varchar', { length: 128, nullable: true })
  authSourceId: string | null;

  @Column('varchar', { length: 36, nullable: true })
  userId: string | null;

  /** The client's IP address. */
  @Column('varchar', { length: 45, nullable: true })
  address: string | null;

  @Column('varchar', { length: 512, nullable: true })
  userAgent: string | null;

  /** What is particular to the type. */
  @Column('simple-json')
  detail: Record<string, unknown>;
}
