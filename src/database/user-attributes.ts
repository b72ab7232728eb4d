/** What is kept of a person besides its identities; each is a claim of the same name. */
export const USER_ATTRIBUTES = [
  'name',
  'nickname',
  'picture',
  'gender',
  'locality',
  'region',
  'country',
  'locale',
  'phone_number',
] as const;

/** `custom.NAME` is an attribute of the operator's own. */
export type UserAttribute = (typeof USER_ATTRIBUTES)[number] | `custom.${string}`;

const custom = /^custom\.[A-Za-z][A-Za-z0-9_]{0,63}$/;

export function isUserAttribute(value: unknown): value is UserAttribute {
  return (
    typeof value === 'string' &&
    ((USER_ATTRIBUTES as readonly string[]).includes(value) || custom.test(value))
  );
}
