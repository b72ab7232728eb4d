import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';
import { User } from './user.entity.js';

/**
 * Who a user is somewhere else.
 *
 * (`wechat_openid`, app id, openid), (`wechat_unionid`, open platform account, unionid) or what a grant has; it is the
 * it can belong to one user alone, however many processes try. Compared case-sensitively on every database.
 */
@Entity('external_identities')
@Index('ix_external_identities_subject', ['type', 'subject'])
export class ExternalIdentity {
  @PrimaryColumn('varchar', { length: 32 })
  type: string;

  @PrimaryColumn('varchar', { length: 128 })
  issuer: string;

  @PrimaryColumn('varchar', { length: 128 })
  subject: string;

  @Index('ix_external_identities_user_id')
  @Column('varchar', { length: 36 })
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'fk_external_identities_user' })
  user: Relation<User>;

  @TimestampColumn()
  createdAt: Date;
}
