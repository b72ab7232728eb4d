import { type UserAttribute } from '../database/user-attributes.js';
import { type User } from './user.entity.js';

/** A value for an attribute, and when it may be written. */
export interface AttributeChange {
  readonly attribute: UserAttribute;
  readonly value: string;
  readonly update: 'always' | 'if_empty' | 'on_create';
}

/** What becomes of a value, and why: it is written, or the first thing that is in the way. */
export type AttributeVerdict = 'new_value' | 'absent' | 'not_new' | 'not_empty' | 'unchanged' | 'too_long';

/** Attributes that are columns of the user, with the longest value each can hold. */
export const PROFILE_COLUMNS = {
  name: ['name', 255],
  nickname: ['nickname', 255],
  picture: ['picture', 2048],
  gender: ['gender', 32],
  locality: ['locality', 255],
  region: ['region', 255],
  country: ['country', 255],
  locale: ['locale', 35],
  phone_number: ['phoneNumber', 16],
} as const;

export const LONGEST_CUSTOM_VALUE = 1024;

/**
 * Writes the changes onto the user as their update policies allow. A value that is too long for its attribute counts
 * as absent.
 *
 * @param isNew whether the user is being created
 * @returns the attributes that have another value now
 */
export function applyAttributes(
  user: User,
  changes: readonly AttributeChange[],
  isNew: boolean,
): UserAttribute[] {
  const written = changes.filter((change) => attributeVerdict(user, change, isNew) === 'new_value');
  for (const { attribute, value } of written) setAttribute(user, attribute, value);
  return written.map(({ attribute }) => attribute);
}

/**
 * Whether the change would be written onto the user.
 *
 * @param isNew whether the user is being created
 */
export function attributeVerdict(
  user: User,
  { attribute, value, update }: AttributeChange,
  isNew: boolean,
): AttributeVerdict {
  const current = attributeOf(user, attribute);
  if (!value) return 'absent';
  if (update === 'on_create' && !isNew) return 'not_new';
  if (update === 'if_empty' && !isNew && current) return 'not_empty';
  if (current === value) return 'unchanged';
  return [...value].length > longest(attribute) ? 'too_long' : 'new_value';
}

export function attributeOf(user: User, attribute: UserAttribute): string | undefined {
  const name = customName(attribute);
  if (name !== undefined) return Object.hasOwn(user.custom, name) ? user.custom[name] : undefined;
  return user[PROFILE_COLUMNS[attribute as keyof typeof PROFILE_COLUMNS][0]] ?? undefined;
}

function setAttribute(user: User, attribute: UserAttribute, value: string): void {
  const name = customName(attribute);
  if (name !== undefined) user.custom = { ...user.custom, [name]: value };
  else user[PROFILE_COLUMNS[attribute as keyof typeof PROFILE_COLUMNS][0]] = value;
}

function longest(attribute: UserAttribute): number {
  return customName(attribute) === undefined
    ? PROFILE_COLUMNS[attribute as keyof typeof PROFILE_COLUMNS][1]
    : LONGEST_CUSTOM_VALUE;
}

function customName(attribute: UserAttribute): string | undefined {
  return attribute.startsWith('custom.') ? attribute.slice('custom.'.length) : undefined;
}
