import { UPDATE_POLICIES, MAPPING_SOURCES } from '../../auth-sources/attribute-mapping.js';
import { USER_ID } from '../example-values.js';
import { type Paths, type Schemas } from '../openapi-object.js';
import { list, nullable, object, oneOfValues, partial, ref, text, uuid } from '../schema.js';
import { adminOperation, jsonBody, plain } from './admin-operation.js';
import { authSourceParameter } from './auth-sources.js';
import { BODY_PROBLEMS, problems } from './problems.js';
import { userAttribute } from './user-attribute.js';

const LONGEST: Readonly<Record<string, number>> = { phoneNumber: 32, purePhoneNumber: 32, countryCode: 8 };

const profile = Object.fromEntries(
  MAPPING_SOURCES.map((name) => [name, { type: 'string', maxLength: LONGEST[name] ?? 4096 }]),
);

const REASONS = ['new_value', 'absent', 'unchanged', 'not_empty', 'not_new', 'too_long', 'user_status'];

export const attributeMappingPreviewSchemas: Schemas = {
  AttributeMappingTrial: partial(
    {
      profile: partial(
        {
          ...profile,
          gender: { type: 'integer', description: "WeChat's: 1 male, 2 female, 0 unknown." },
          is_demote: { type: 'boolean', description: "It is WeChat's placeholder." },
        },
        { description: 'What WeChat would say.' },
      ),
      user_id: text('Whose sign-in it would be. Default: that of a new user.', { maxLength: 36 }),
      attribute_mapping: list(ref('AttributeMappingRowSettings'), 'Instead of the stored mapping.', {
        uniqueItems: true,
        maxItems: 50,
      }),
    },
    { required: ['profile'] },
  ),
  AttributeMappingPreview: object({
    user_id: nullable(uuid('Whose sign-in it would be.')),
    attributes: list(
      object({
        from: oneOfValues(MAPPING_SOURCES, 'As the row has it.'),
        to: userAttribute('As the row has it.'),
        update: oneOfValues(UPDATE_POLICIES, 'As the row has it.'),
        value: nullable(text('What WeChat says, in our words.')),
        current: nullable(text('What the user has.')),
        written: { type: 'boolean', description: 'Whether the value would be written.' },
        reason: oneOfValues(REASONS, 'Why.'),
      }),
      'One for each row.',
    ),
  }),
};

const trial = {
  profile: { nickName: 'Ming', city: 'Guangzhou' },
  attribute_mapping: [
    { from: 'nickName', to: 'nickname' },
    { from: 'city', to: 'locality', update: 'if_empty' },
    { from: 'gender', to: 'gender', update: 'on_create' },
  ],
};

const outcome = (user_id: string | null, nickname: string | null) => ({
  user_id,
  attributes: [
    {
      from: 'nickName',
      to: 'nickname',
      update: 'always',
      value: 'Ming',
      current: nickname,
      written: true,
      reason: 'new_value',
    },
    {
      from: 'city',
      to: 'locality',
      update: 'if_empty',
      value: 'Guangzhou',
      current: null,
      written: true,
      reason: 'new_value',
    },
    {
      from: 'gender',
      to: 'gender',
      update: 'on_create',
      value: null,
      current: null,
      written: false,
      reason: 'absent',
    },
  ],
});

export const attributeMappingPreviewPaths: Paths = {
  '/admin/v1/auth-sources/{id}/attribute-mapping/preview': {
    post: adminOperation({
      operationId: 'previewAttributeMapping',
      tags: ['Auth sources'],
      summary: 'See what a sign-in would write',
      description: 'Nothing is written.',
      parameters: [authSourceParameter],
      requestBody: jsonBody('AttributeMappingTrial', {
        newUser: trial,
        knownUser: { ...trial, user_id: USER_ID },
      }),
      responses: {
        200: plain('AttributeMappingPreview', 'What would become of each row.', {
          newUser: outcome(null, null),
          knownUser: outcome(USER_ID, 'Band'),
        }),
        ...problems(['invalid', ...BODY_PROBLEMS, 'notFound'], [{ path: 'user_id', detail: 'is no user' }]),
      },
    }),
  },
};
