import { USER_ATTRIBUTES } from '../../database/user-attributes.js';
import { type Schema } from '../openapi-object.js';

/** The name of a user's attribute. */
export function userAttribute(description = ''): Schema {
  const names = USER_ATTRIBUTES.join('|');
  return {
    type: 'string',
    description: `${description} \`custom.NAME\` is an attribute of your own.`.trim(),
    pattern: `^(${names}|custom\\.[A-Za-z][A-Za-z0-9_]{0,63})$`,
  };
}
