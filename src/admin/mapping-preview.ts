import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import {
  IsAttributeMapping,
  type AttributeMappingRowSettings,
} from '../auth-sources/auth-source-settings.js';
import { AuthSourcesService } from '../auth-sources/auth-sources.service.js';
import {
  profileFromPhoneNumber,
  profileFromUserInfo,
  type SourceProfile,
} from '../auth-sources/source-profile.js';
import { SettingsRefused } from '../database/settings.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { attributeOf, attributeVerdict } from '../users/profile.js';
import { newUser, type User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { UnknownResource } from './administration.errors.js';

const LONGEST = 4096;

/** What WeChat might say of somebody, in its own words: user info and phone number in one. */
export class PreviewedProfile {
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  nickName?: string;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  avatarUrl?: string;

  /** 0 unknown, 1 male, 2 female. */
  @IsOptional()
  @IsInt()
  gender?: number;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  city?: string;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  province?: string;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  country?: string;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST)
  language?: string;

  /** WeChat sent a placeholder instead of the person's own profile. */
  @IsOptional()
  @IsBoolean()
  is_demote?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(32)
  phoneNumber?: string;

  /** Without country code; the number that is stored is made of this one. */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  purePhoneNumber?: string;

  @IsOptional()
  @IsString()
  @MaxLength(8)
  countryCode?: string;
}

/** A login that is only imagined. */
export class MappingPreviewRequest {
  @IsObject()
  @ValidateNested()
  @Type(() => PreviewedProfile)
  profile: PreviewedProfile;

  /** Whose login it would be; without one, somebody's who is new. */
  @IsOptional()
  @IsString()
  @MaxLength(36)
  user_id?: string;

  /** Rows to try in the place of those that are in force. */
  @IsOptional()
  @IsAttributeMapping()
  attribute_mapping?: AttributeMappingRowSettings[];
}

/** Says what a login would write, and why; writes nothing. */
@Injectable()
export class MappingPreview {
  constructor(
    private readonly authSources: AuthSourcesService,
    private readonly users: UsersService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * @throws UnknownResource when there is no such auth source
   * @throws SettingsRefused when there is no such user
   */
  async preview(authSourceId: string, { profile, user_id, attribute_mapping }: MappingPreviewRequest) {
    const { source, user } = await this.unitOfWork.read(async (manager) => ({
      source: await this.authSources.read(manager, authSourceId),
      user: user_id ? await this.users.find(user_id, manager) : undefined,
    }));
    if (!source) throw new UnknownResource();
    if (user_id && !user) throw new SettingsRefused([{ property: 'user_id', message: 'is no user' }]);
    const rows = attribute_mapping ?? source.attributeMapping;
    const values = sourceProfile(profile);
    return {
      user_id: user?.id ?? null,
      attributes: rows.map((row) => outcome(row, values[row.from], user)),
    };
  }
}

function outcome(
  { from, to, update }: AttributeMappingRowSettings,
  value: string | undefined,
  user: User | undefined,
) {
  const policy = update ?? 'always';
  const change = { attribute: to, value: value ?? '', update: policy };
  const verdict = attributeVerdict(user ?? newUser(), change, !user);
  // Somebody who is locked or frozen cannot sign in, so nothing is asked for and nothing is written.
  const reason = user && user.status !== 'NORMAL' ? 'user_status' : verdict;
  return {
    from,
    to,
    update: policy,
    value: value === '' ? null : (value ?? null),
    current: (user && attributeOf(user, to)) ?? null,
    written: reason === 'new_value',
    reason,
  };
}

function sourceProfile(profile: PreviewedProfile): SourceProfile {
  const { phoneNumber, purePhoneNumber, countryCode, is_demote, ...info } = profile;
  const pure = purePhoneNumber ?? phoneNumber;
  return {
    ...profileFromUserInfo({ ...info, isDemote: is_demote === true }),
    ...(pure
      ? profileFromPhoneNumber({
          phoneNumber: phoneNumber ?? pure,
          purePhoneNumber: pure,
          countryCode: countryCode ?? '86',
        })
      : {}),
  };
}
