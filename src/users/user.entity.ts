import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { TimestampColumn } from '../database/columns.js';

export const USER_STATUSES = ['NORMAL', 'LOCK', 'FREEZE'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** A person. Who that is at WeChat is told by its external identities, never by its profile. */
@Entity('users')
@Index('ix_users_phone_number', ['phoneNumber', 'id'])
@Index('ix_users_status', ['status', 'id'])
export class User {
  /** A UUID; the `sub` of every token. */
  @PrimaryColumn('varchar', { length: 36 })
  id: string;

  /** Anything but `NORMAL` keeps the user out. */
  @Column('varchar', { length: 16 })
  status: UserStatus;

  @Column('varchar', { length: 255, nullable: true })
  name: string | null;

  @Column('varchar', { length: 255, nullable: true })
  nickname: string | null;

  @Column('varchar', { length: 2048, nullable: true })
  picture: string | null;

  @Column('varchar', { length: 32, nullable: true })
  gender: string | null;

  @Column('varchar', { length: 255, nullable: true })
  locality: string | null;

  @Column('varchar', { length: 255, nullable: true })
  region: string | null;

  @Column('varchar', { length: 255, nullable: true })
  country: string | null;

  @Column('varchar', { length: 35, nullable: true })
  locale: string | null;

  /** E.164, such as `+8613800138000`. Not unique: people share and change numbers. */
  @Column('varchar', { length: 16, nullable: true })
  phoneNumber: string | null;

  /** Attributes of the operator's own, by name. */
  @Column('simple-json')
  custom: Record<string, string>;

  @TimestampColumn()
  createdAt: Date;

  @TimestampColumn()
  updatedAt: Date;
}

/** Somebody of whom nothing is known yet; not stored. */
export function newUser(): User {
  const now = new Date();
  return {
    id: uuid(),
    status: 'NORMAL',
    name: null,
    nickname: null,
    picture: null,
    gender: null,
    locality: null,
    region: null,
    country: null,
    locale: null,
    phoneNumber: null,
    custom: {},
    createdAt: now,
    updatedAt: now,
  };
}
