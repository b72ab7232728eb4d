import { E164 } from '../../database/phone-number.js';
import { DISPLAY_TEXT } from '../../database/display-text.js';
import { LONGEST_CUSTOM_VALUE, PROFILE_COLUMNS } from '../../users/profile.js';
import { USER_STATUSES } from '../../users/user.entity.js';
import { type Schema, type Schemas } from '../openapi-object.js';
import { list, nullable, object, oneOfValues, partial, ref, text, time, uuid } from '../schema.js';
import { page } from './admin-operation.js';

const IDENTITY_TYPES = ['wechat_openid', 'wechat_unionid'];
const CUSTOM_NAME = '^[A-Za-z][A-Za-z0-9_]{0,63}$';

export const phoneNumber = text('E.164.', { pattern: E164.source });

const status = oneOfValues(USER_STATUSES, 'Anything but `NORMAL` keeps the user out.');

const printable = { pattern: DISPLAY_TEXT.source };

/** @param form of what is no phone number, beyond its length */
function profile(form: Schema): Schemas {
  const texts = Object.entries(PROFILE_COLUMNS).map(
    ([name, [, maxLength]]) => [name, nullable({ type: 'string', maxLength, ...form })] as const,
  );
  return { ...Object.fromEntries(texts), phone_number: nullable(phoneNumber) };
}

const customValue: Schema = { type: 'string', maxLength: LONGEST_CUSTOM_VALUE };

function custom(value: Schema, description: string): Schema {
  return {
    type: 'object',
    description,
    propertyNames: { pattern: CUSTOM_NAME },
    additionalProperties: value,
  };
}

export const userSchemas: Schemas = {
  User: object(
    {
      id: uuid('The `sub` of every token.'),
      status,
      ...profile({}),
      custom: custom(customValue, "The operator's own attributes, by name."),
      identities: list(ref('Identity'), 'Who the user is elsewhere.'),
      created_at: time('When the user first signed in.'),
      updated_at: time('When the user was last changed.'),
    },
    { description: 'Attributes without value are null.' },
  ),
  UserChange: partial(
    {
      status,
      ...profile(printable),
      custom: custom(
        nullable({ ...customValue, ...printable }),
        'Null removes an attribute; those that are left out stay.',
      ),
    },
    { description: 'What is left out keeps its value; null clears an attribute.' },
  ),
  Identity: object({
    type: oneOfValues(IDENTITY_TYPES, 'What it is.'),
    issuer: text('What the subject is unique under: an AppID, or an open platform account.'),
    subject: text('The openid or unionid.'),
  }),
  UserPage: page('User', 'The newest first.'),
  Session: object(
    {
      id: uuid('Names it.'),
      client_id: text('The application.'),
      auth_source_id: nullable(text('Where the user signed in.')),
      scopes: list({ type: 'string' }, 'What was granted.'),
      created_at: time('When the user signed in.'),
      expires_at: time('When it ends, however often tokens are refreshed.'),
    },
    { description: 'A family of refresh tokens, and the access tokens that came with them.' },
  ),
  SessionPage: page('Session', 'The newest first.'),
};
