import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { TimestampColumn } from '../database/columns.js';
import { type AttributeMappingRow } from './attribute-mapping.js';

export const AUTH_SOURCE_TYPES = [
  'wechat_mini_program',
  'wechat_website',
  'wechat_official_account',
  'wechat_mobile_app',
] as const;
export type AuthSourceType = (typeof AUTH_SOURCE_TYPES)[number];

/** Where users come from: one account of ours at WeChat. */
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

  /** WeChat's `appid`. An openid is unique under it. */
  @Column('varchar', { length: 128 })
  appId: string;

  /** Sealed; `AuthSourcesService.appSecret` opens it. `null` until one is given. */
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
