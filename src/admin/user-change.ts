import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { DISPLAY_TEXT, IsDisplayText } from '../database/display-text.js';
import { IsE164 } from '../database/phone-number.js';
import { SettingsRefused } from '../database/settings.js';
import { isUserAttribute, type UserAttribute } from '../database/user-attributes.js';
import { LONGEST_CUSTOM_VALUE, PROFILE_COLUMNS } from '../users/profile.js';
import { USER_STATUSES, type User, type UserStatus } from '../users/user.entity.js';

const MOST_CUSTOM = 50;
/** Less than the column holds. */
const MOST_CUSTOM_BYTES = 60_000;

function ProfileText(longest: number): PropertyDecorator {
  return applyDecorators(IsOptional(), IsDisplayText(longest, ', or null'));
}

/** What an operator changes of a user. An absent field stays as it is; `null` clears it. */
export class UserChange {
  @ValidateIf((change: UserChange) => change.status !== undefined)
  @IsIn(USER_STATUSES)
  status?: UserStatus;

  @ProfileText(PROFILE_COLUMNS.name[1])
  name?: string | null;

  @ProfileText(PROFILE_COLUMNS.nickname[1])
  nickname?: string | null;

  @ProfileText(PROFILE_COLUMNS.picture[1])
  picture?: string | null;

  @ProfileText(PROFILE_COLUMNS.gender[1])
  gender?: string | null;

  @ProfileText(PROFILE_COLUMNS.locality[1])
  locality?: string | null;

  @ProfileText(PROFILE_COLUMNS.region[1])
  region?: string | null;

  @ProfileText(PROFILE_COLUMNS.country[1])
  country?: string | null;

  @ProfileText(PROFILE_COLUMNS.locale[1])
  locale?: string | null;

  @IsOptional()
  @IsE164()
  phone_number?: string | null;

  /** By name; one that is absent stays as it is, one that is `null` goes. */
  // As it was sent: the transformer leaves out names that every object has a method for.
  @Transform(({ obj }: { obj: UserChange }) => obj.custom)
  @ValidateIf((change: UserChange) => change.custom !== undefined)
  @ValidateBy({
    name: 'isCustom',
    validator: {
      validate: isCustom,
      defaultMessage: ({ property }: ValidationArguments) =>
        `${property} must be an object of texts of at most ${LONGEST_CUSTOM_VALUE} characters, or null, by NAME`,
    },
  })
  custom?: Record<string, string | null>;
}

function isCustom(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  if (entries.length > 2 * MOST_CUSTOM) return false;
  return entries.every(
    ([name, text]) =>
      isUserAttribute(`custom.${name}`) &&
      (text === null ||
        (typeof text === 'string' && DISPLAY_TEXT.test(text) && [...text].length <= LONGEST_CUSTOM_VALUE)),
  );
}

/**
 * Writes the change onto the user.
 *
 * @returns the attributes that have another value now
 * @throws SettingsRefused when the user would have more custom attributes than can be stored
 */
export function changeUser(user: User, { status, custom, ...profile }: UserChange): UserAttribute[] {
  if (status) user.status = status;
  const changed: UserAttribute[] = [];
  for (const [attribute, value] of Object.entries(profile) as [
    keyof typeof PROFILE_COLUMNS,
    string | null,
  ][]) {
    const [column] = PROFILE_COLUMNS[attribute];
    if (value === undefined || user[column] === value) continue;
    user[column] = value;
    changed.push(attribute);
  }
  return [...changed, ...changeCustom(user, custom ?? {})];
}

function changeCustom(user: User, changes: Record<string, string | null>): UserAttribute[] {
  const custom = new Map(Object.entries(user.custom));
  const changed = Object.entries(changes).filter(([name, value]) => value !== (custom.get(name) ?? null));
  for (const [name, value] of changed) {
    if (value === null) custom.delete(name);
    else custom.set(name, value);
  }
  user.custom = Object.fromEntries(custom);
  if (changed.length > 0) assertFits(user.custom);
  return changed.map(([name]): UserAttribute => `custom.${name}`);
}

function assertFits(custom: Record<string, string>): void {
  const refused = (message: string) => new SettingsRefused([{ property: 'custom', message }]);
  if (Object.keys(custom).length > MOST_CUSTOM)
    throw refused(`must not have more than ${MOST_CUSTOM} names in all`);
  if (Buffer.byteLength(JSON.stringify(custom)) > MOST_CUSTOM_BYTES)
    throw refused(`must not hold more than ${MOST_CUSTOM_BYTES} bytes in all`);
}
