import { type UserAttribute } from '../database/user-attributes.js';
import { type User } from './user.entity.js';

/** A value for an attribute, and when it may be written. */
export interface AttributeChange {
  readonly attribute: UserAttribute;
  readonly value: string;
  readonly update: 'always' | 'if_empty' | 'on_create';
}

/** Attributes that are columns of the user, with the longest value each can hold. */
const columns = {
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

const LONGEST_CUSTOM_VALUE = 1024;

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
  return changes.flatMap(({ attribute, value, update }) => {
    const current = attributeOf(user, attribute);
    const allowed = update === 'always' || isNew || (update === 'if_empty' && !current);
    const length = [...value].length;
    if (!allowed || current === value || length > longest(attribute)) return [];
    setAttribute(user, attribute, value);
    return [attribute];
  });
}

export function attributeOf(user: User, attribute: UserAttribute): string | undefined {
  const name = customName(attribute);
  if (name !== undefined) return Object.hasOwn(user.custom, name) ? user.custom[name] : undefined;
  return user[columns[attribute as keyof typeof columns][0]] ?? undefined;
}

function setAttribute(user: User, attribute: UserAttribute, value: string): void {
  const name = customName(attribute);
  if (name !== undefined) user.custom = { ...user.custom, [name]: value };
  else user[columns[attribute as keyof typeof columns][0]] = value;
}

function longest(attribute: UserAttribute): number {
  return customName(attribute) === undefined
    ? columns[attribute as keyof typeof columns][1]
    : LONGEST_CUSTOM_VALUE;
}

function customName(attribute: UserAttribute): string | undefined {
  return attribute.startsWith('custom.') ? attribute.slice('custom.'.length) : undefined;
}
