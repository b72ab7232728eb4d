import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../config/signing-algorithms.js';
import { IsDisplayText } from '../database/display-text.js';
import { IsIdentifier } from '../database/identifier.js';
import { IsUserAttribute } from '../database/is-user-attribute.js';
import {
  APPLICATION_TYPES,
  TOKEN_PROFILES,
  type ApplicationType,
  type TokenProfile,
} from './application.entity.js';
import { IsCorsOrigin } from './cors-origin.js';

const TEN_YEARS = 315_360_000;
const LONGEST_LIST = 50;
const MOST_CORS_ORIGINS = 10;

/** How an operator describes an application. A field that is left out keeps its value, or its default. */
export class ApplicationSettings {
  @IsIdentifier()
  client_id: string;

  @IsOptional()
  @IsDisplayText(255)
  name?: string;

  /** Required when the application does not exist yet; cannot be changed. */
  @IsOptional()
  @IsIn(APPLICATION_TYPES)
  type?: ApplicationType;

  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  /** Confidential types only. Stored hashed. */
  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,512}$/, { message: '$property must be 1 to 512 printable ASCII characters' })
  client_secret?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LONGEST_LIST)
  @IsString({ each: true })
  @MaxLength(255, { each: true })
  @ArrayUnique()
  grant_types?: string[];

  /** @see RFC 6749 §3.3 */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LONGEST_LIST)
  @Matches(/^[!#-[\]-~]{1,128}$/, { each: true, message: 'each value in $property must be a scope token' })
  @ArrayUnique()
  scopes?: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS)
  access_token_ttl?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS)
  id_token_ttl?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(TEN_YEARS)
  refresh_token_ttl?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS)
  refresh_token_max_ttl?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(3600)
  refresh_reuse_interval?: number;

  @IsOptional()
  @IsIn(SIGNING_ALGORITHMS)
  signing_alg?: SigningAlgorithm;

  @IsOptional()
  @IsIn(TOKEN_PROFILES)
  token_profile?: TokenProfile;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LONGEST_LIST)
  @IsUserAttribute({ each: true })
  @ArrayUnique()
  id_token_claims?: string[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_CORS_ORIGINS)
  @IsCorsOrigin({ each: true })
  @ArrayUnique()
  cors_origins?: string[];
}
