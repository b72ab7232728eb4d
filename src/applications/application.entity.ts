import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';
import { TimestampColumn } from '../database/columns.js';

export const APPLICATION_TYPES = ['mini_program', 'web', 'spa', 'mobile', 'm2m'] as const;
export type ApplicationType = (typeof APPLICATION_TYPES)[number];

export const TOKEN_PROFILES = ['ciam', 'rfc9068'] as const;
export type TokenProfile = (typeof TOKEN_PROFILES)[number];

const noneWhenNull = {
  from: (value: string[] | null): string[] => value ?? [],
  to: (value: string[]): string[] => value,
};

/** A registered client. @see RFC 6749 §2 */
@Entity('applications')
export class Application {
  @PrimaryColumn('varchar', { length: 128 })
  clientId: string;

  @Column('varchar', { length: 255 })
  name: string;

  @Column('varchar', { length: 16 })
  type: ApplicationType;

  @Column('boolean')
  enabled: boolean;

  /** `null` for public types, and for a confidential one that has not been given a secret yet. */
  @Column('varchar', { length: 255, nullable: true })
  clientSecretHash: string | null;

  @Column('simple-json')
  grantTypes: string[];

  /** In the order in which they are granted. */
  @Column('simple-json')
  scopes: string[];

  /** Lifetimes and intervals are in seconds. */
  @Column('int')
  accessTokenTtl: number;

  @Column('int')
  idTokenTtl: number;

  /** How long a refresh token may stay unused; 0 = no refresh tokens. */
  @Column('int')
  refreshTokenTtl: number;

  /** How long a session may last, however often it is refreshed. */
  @Column('int')
  refreshTokenMaxTtl: number;

  @Column('int')
  refreshReuseInterval: number;

  @Column('varchar', { length: 16 })
  signingAlg: SigningAlgorithm;

  @Column('varchar', { length: 16 })
  tokenProfile: TokenProfile;

  /** Names of user attributes that the ID token carries besides the documented claims. */
  @Column('simple-json')
  idTokenClaims: string[];

  /** Origins whose pages may read answers to it. The release before leaves the column null. */
  @Column('simple-json', { nullable: true, transformer: noneWhenNull })
  corsOrigins: string[];

  @TimestampColumn()
  createdAt: Date;

  @TimestampColumn()
  updatedAt: Date;
}

/** Public clients cannot keep a secret. @see RFC 6749 §2.1 */
export function isPublic(type: ApplicationType): boolean {
  return type === 'mini_program' || type === 'spa' || type === 'mobile';
}

/** Whether sign-ins at the application bring refresh tokens. */
export function hasRefreshTokens({ refreshTokenTtl, grantTypes }: Application): boolean {
  return refreshTokenTtl > 0 && grantTypes.includes('refresh_token');
}
