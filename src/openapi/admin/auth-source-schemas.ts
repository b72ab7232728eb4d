import { DISPLAY_TEXT } from '../../database/display-text.js';
import { MAPPING_SOURCES, UPDATE_POLICIES } from '../../auth-sources/attribute-mapping.js';
import { WECHAT_SOURCE_TYPES } from '../../auth-sources/auth-source-types.js';
import { TYPE_NAME } from '../../database/identifier.js';
import { type Schemas } from '../openapi-object.js';
import { identifier, list, object, oneOfValues, partial, ref, text, time } from '../schema.js';
import { page } from './admin-operation.js';
import { userAttribute } from './user-attribute.js';

const MOST_APPLICATIONS = 50;
const MOST_ROWS = 50;

const mappingRow: Schemas = {
  from: oneOfValues(MAPPING_SOURCES, 'What WeChat says.'),
  to: userAttribute('The attribute of the user.'),
  update: oneOfValues(
    UPDATE_POLICIES,
    '`always` overwrites, `if_empty` fills what is empty, `on_create` only sets what a new user starts with.',
    { default: 'always' },
  ),
};

/** What an operator may set and read, but for the mapping. */
const settings: Schemas = {
  id: identifier('Cannot be changed.'),
  type: text(
    `What kind of account it is: ${WECHAT_SOURCE_TYPES.join(', ')}, or a type that a grant has declared.`,
    {
      pattern: TYPE_NAME.source,
    },
  ),
  name: text('For people. Default: the id.', { pattern: DISPLAY_TEXT.source, maxLength: 255 }),
  enabled: {
    type: 'boolean',
    description: 'Nobody signs in through a disabled auth source.',
    default: true,
  },
  app_id: identifier("WeChat's AppID; required for WeChat's types. Default for others: the id."),
  open_platform_account: {
    ...identifier('Apps under one WeChat Open Platform account see one unionid per person.'),
    default: 'default',
  },
  applications: list(identifier(), 'The client ids of the applications that may sign users in through it.', {
    uniqueItems: true,
    maxItems: MOST_APPLICATIONS,
    default: [],
  }),
};

const written: Schemas = {
  ...settings,
  app_secret: text("WeChat's AppSecret, or the key to what the grant asks. Write-only: stored encrypted.", {
    pattern: '^[\\x20-\\x7e]{1,512}$',
  }),
  attribute_mapping: list(ref('AttributeMappingRowSettings'), 'At most one row for each attribute.', {
    uniqueItems: true,
    maxItems: MOST_ROWS,
    default: [],
  }),
};

export const authSourceSchemas: Schemas = {
  AttributeMappingRowSettings: object(mappingRow, { optional: ['update'], additionalProperties: false }),
  AttributeMappingRow: object(mappingRow),
  AuthSourceSettings: partial(written, {
    required: ['id', 'type'],
    description: 'What is left out gets its default.',
    if: { properties: { type: { enum: WECHAT_SOURCE_TYPES } } },
    then: { properties: { app_id: {} }, required: ['app_id'], additionalProperties: true },
  }),
  AuthSourceChange: partial(written, { description: 'What is left out keeps its value; null is refused.' }),
  AuthSource: object({
    ...settings,
    attribute_mapping: list(ref('AttributeMappingRow'), 'What is kept of what WeChat says.'),
    created_at: time('When it was created.'),
    updated_at: time('When it was last changed.'),
  }),
  AuthSourcePage: page('AuthSource', 'In the order of their ids.'),
};
