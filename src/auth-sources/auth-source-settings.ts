import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  Matches,
  ValidateNested,
} from 'class-validator';
import { IsDisplayText } from '../database/display-text.js';
import { IDENTIFIER, IsIdentifier, TYPE_NAME } from '../database/identifier.js';
import { IsUserAttribute } from '../database/is-user-attribute.js';
import { type UserAttribute } from '../database/user-attributes.js';
import {
  MAPPING_SOURCES,
  UPDATE_POLICIES,
  type MappingSource,
  type UpdatePolicy,
} from './attribute-mapping.js';
import { type AuthSourceType } from './auth-source-types.js';

const MOST_APPLICATIONS = 50;
const MOST_ROWS = 50;

export class AttributeMappingRowSettings {
  @IsIn(MAPPING_SOURCES)
  from: MappingSource;

  @IsUserAttribute()
  to: UserAttribute;

  @IsOptional()
  @IsIn(UPDATE_POLICIES)
  update?: UpdatePolicy;
}

/** Checks that a value is a list of rows, no two of them for one target. */
export function IsAttributeMapping(): PropertyDecorator {
  // The last one is the first to be reported, as it is of decorators that stand above each other.
  return applyDecorators(
    Type(() => AttributeMappingRowSettings),
    ValidateNested({ each: true }),
    IsObject({ each: true }),
    ArrayUnique((row: Partial<AttributeMappingRowSettings> | null) => row?.to, {
      message: '$property must not have two rows for one target',
    }),
    ArrayMaxSize(MOST_ROWS),
    IsArray(),
  );
}

/** How an operator describes an auth source. A field that is left out keeps its value, or its default. */
export class AuthSourceSettings {
  @IsIdentifier()
  id: string;

  /** Required when the auth source does not exist yet. */
  @IsOptional()
  @Matches(TYPE_NAME, { message: '$property must be a type of auth source' })
  type?: AuthSourceType;

  @IsOptional()
  @IsDisplayText(255)
  name?: string;

  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  /** WeChat's `appid`; required when an auth source of WeChat's does not exist yet. */
  @IsOptional()
  @IsIdentifier()
  app_id?: string;

  /** WeChat's `secret`, or the key to whatever else the grant asks. Stored encrypted. */
  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,512}$/, { message: '$property must be 1 to 512 printable ASCII characters' })
  app_secret?: string;

  @IsOptional()
  @IsIdentifier()
  open_platform_account?: string;

  /** The client ids of the applications that may sign users in through it. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_APPLICATIONS)
  @Matches(IDENTIFIER, { each: true, message: 'each value in $property must be a client_id' })
  @ArrayUnique()
  applications?: string[];

  @IsOptional()
  @IsAttributeMapping()
  attribute_mapping?: AttributeMappingRowSettings[];
}
