import { Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { AuthSource } from './auth-source.entity.js';

/** An application whose users may sign in through an auth source. */
@Entity('auth_source_applications')
export class LinkedApplication {
  @PrimaryColumn('varchar', { length: 128 })
  authSourceId: string;

  @PrimaryColumn('varchar', { length: 128 })
  clientId: string;

  @ManyToOne(() => AuthSource, (source) => source.linkedApplications, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'auth_source_id', foreignKeyConstraintName: 'fk_auth_source_applications_source' })
  authSource: Relation<AuthSource>;
}
