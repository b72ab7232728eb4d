import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { isUserAttribute, type UserAttribute } from '../database/user-attributes.js';
import { LONGEST_CUSTOM_VALUE, PROFILE_COLUMNS } from '../users/profile.js';
import { USER_STATUSES, type User, type UserStatus } from '../users/user.entity.js';

/** Printable, and not empty: `null` is what clears a field. */
const TEXT = /^[^\p{Cc}]+$/u;

function ProfileText(longest: number): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    // class-validator's own does not count every character that a column has to hold.
    ValidateBy({
      name: 'isNotLonger',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && [...value].length <= longest,
        defaultMessage: () => `$property must be shorter than or equal to ${longest} characters`,
      },
    }),
    Matches(TEXT, { message: '$property must be a text without control characters, or null' }),
  );
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

  /** @see ITU-T E.164 §6.2.1 */
  @IsOptional()
  @Matches(/^\+[1-9]\d{5,14}$/, { message: '$property must be an E.164 number such as +8613800138000' })
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
  return Object.entries(value).every(
    ([name, text]) =>
      isUserAttribute(`custom.${name}`) &&
      (text === null ||
        (typeof text === 'string' && TEXT.test(text) && [...text].length <= LONGEST_CUSTOM_VALUE)),
  );
}

/** Writes the change onto the user. @returns the attributes that have another value now */
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
  for (const [name, value] of Object.entries(custom ?? {})) {
    const current = Object.hasOwn(user.custom, name) ? user.custom[name] : null;
    if (current === value) continue;
    const others = Object.entries(user.custom).filter(([other]) => other !== name);
    user.custom = Object.fromEntries(value === null ? others : [...others, [name, value]]);
    changed.push(`custom.${name}`);
  }
  return changed;
}
