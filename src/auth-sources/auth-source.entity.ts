import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';
import { type AttributeMappingRow } from './attribute-mapping.js';
import { type AuthSourceType } from './auth-source-types.js';

/** Where users come from: one account of ours at WeChat, or whatever else a grant asks. */
@Entity('auth_sources')
export class AuthSource {
  @PrimaryColumn('varchar', { length: 128 })
  id: string;

  @Column('varchar', { length: 32 })
  type: AuthSourceType;

  @Column('varchar', { length: 255 })
  name: string;

  @Column('boolean')
  enabled: boolean;

  /** WeChat's `appid`: an openid is unique under it. The own id of an auth source that is none of WeChat's. */
  @Column('varchar', { length: 128 })
  appId: string;

  /** Sealed; `AppSecrets` opens it. `null` until one is given. */
  @Column('text', { nullable: true })
  appSecretSealed: string | null;

  /** The WeChat Open Platform account that the app is bound to. A unionid is unique under it. */
  @Column('varchar', { length: 128 })
  openPlatformAccount: string;

  @Column('simple-json')
  attributeMapping: AttributeMappingRow[];

  @OneToMany(() => LinkedApplication, (link) => link.authSource)
  linkedApplications: LinkedApplication[];

  @TimestampColumn()
  createdAt: Date;

  @TimestampColumn()
  updatedAt: Date;
}

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
