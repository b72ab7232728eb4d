import { type UserAttribute } from '../database/user-attributes.js';

export const MAPPING_SOURCES = [
  'nickName',
  'avatarUrl',
  'gender',
  'city',
  'province',
  'country',
  'language',
  'phoneNumber',
  'purePhoneNumber',
  'countryCode',
] as const;
export type MappingSource = (typeof MAPPING_SOURCES)[number];

/** `always` overwrites; `if_empty` fills what is empty; `on_create` only sets what a new user starts with. */
export const UPDATE_POLICIES = ['always', 'if_empty', 'on_create'] as const;
export type UpdatePolicy = (typeof UPDATE_POLICIES)[number];

export interface AttributeMappingRow {
  readonly from: MappingSource;
  readonly to: UserAttribute;
  readonly update: UpdatePolicy;
}

/** A value for a user's attribute, and when it may be written. */
export interface MappedAttribute {
  readonly attribute: UserAttribute;
  readonly value: string;
  readonly update: UpdatePolicy;
}

/** What the mapping makes of a profile; what the profile does not say is left out, so it overwrites nothing. */
export function mapAttributes(
  mapping: readonly AttributeMappingRow[],
  profile: Partial<Record<MappingSource, string>>,
): MappedAttribute[] {
  return mapping.flatMap(({ from, to, update }) => {
    const value = profile[from];
    return value ? [{ attribute: to, value, update }] : [];
  });
}
