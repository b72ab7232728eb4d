import { APP_ID, AUTH_SOURCE, MINI_PROGRAM } from '../example-values.js';
import { type Paths } from '../openapi-object.js';
import { identifier, named } from '../schema.js';
import {
  adminOperation,
  created,
  gone,
  ifMatch,
  jsonBody,
  one,
  pageParameters,
  patchBody,
  path,
  plain,
} from './admin-operation.js';
import { BODY_PROBLEMS, problems } from './problems.js';

const tags = ['Auth sources'];

const authSource = {
  id: AUTH_SOURCE,
  type: 'wechat_mini_program',
  name: 'Sample WeChat',
  app_id: APP_ID,
  applications: [MINI_PROGRAM],
  attribute_mapping: [
    { from: 'nickName', to: 'nickname' },
    { from: 'phoneNumber', to: 'phone_number' },
  ],
};

const stored = {
  ...authSource,
  enabled: true,
  open_platform_account: 'default',
  attribute_mapping: authSource.attribute_mapping.map((row) => ({ ...row, update: 'always' })),
  created_at: '2026-02-05T08:00:00.000Z',
  updated_at: '2026-02-05T08:00:00.000Z',
};

const change = { attribute_mapping: [{ from: 'nickName', to: 'nickname', update: 'if_empty' }] };
const changed = { ...stored, ...change, updated_at: '2026-02-05T09:30:00.000Z' };

export const authSourceParameter = path(
  'id',
  'The auth source.',
  identifier(),
  named({ authSource: AUTH_SOURCE, notFound: 'unknown' }),
);

export const authSourcePaths: Paths = {
  '/admin/v1/auth-sources': {
    get: adminOperation({
      operationId: 'listAuthSources',
      tags,
      summary: 'List auth sources',
      parameters: pageParameters(),
      responses: {
        200: plain('AuthSourcePage', 'Auth sources.', { all: { items: [stored], next_cursor: null } }),
        ...problems(['invalid'], [{ path: 'limit', detail: 'must not be greater than 200' }]),
      },
    }),
    post: adminOperation({
      operationId: 'createAuthSource',
      tags,
      summary: 'Create an auth source',
      requestBody: jsonBody('AuthSourceSettings', {
        authSource: { ...authSource, app_secret: 'app-secret-of-the-simulated-mini-program' },
        alreadyExists: authSource,
      }),
      responses: {
        201: created('AuthSource', 'auth-sources', ({ id }) => id, { authSource: stored }),
        ...problems(
          ['invalid', ...BODY_PROBLEMS, 'alreadyExists'],
          [{ path: 'applications', detail: 'unknown application shop' }],
        ),
      },
    }),
  },
  '/admin/v1/auth-sources/{id}': {
    get: adminOperation({
      operationId: 'readAuthSource',
      tags,
      summary: 'Read an auth source',
      parameters: [authSourceParameter],
      responses: {
        200: one('AuthSource', 'The auth source.', { authSource: stored }),
        ...problems(['notFound']),
      },
    }),
    patch: adminOperation({
      operationId: 'changeAuthSource',
      tags,
      summary: 'Change an auth source',
      description: 'In force at once on the instance that answers, and within 5 s on every other.',
      parameters: [authSourceParameter, ifMatch],
      requestBody: patchBody('AuthSourceChange', { changed: change, disabled: { enabled: false } }),
      responses: {
        200: one('AuthSource', 'The auth source as it is now.', {
          changed,
          disabled: { ...changed, enabled: false },
        }),
        ...problems(
          ['invalid', ...BODY_PROBLEMS, 'notFound', 'changedMeanwhile'],
          [
            {
              path: 'attribute_mapping.0.update',
              detail: 'must be one of the following values: always, if_empty, on_create',
            },
          ],
        ),
      },
    }),
    delete: adminOperation({
      operationId: 'deleteAuthSource',
      tags,
      summary: 'Delete an auth source',
      description:
        'It must be disabled. The sessions that it began end; users and identities stay. One that is not there is no error.',
      parameters: [authSourceParameter, ifMatch],
      responses: {
        204: gone('It is not there any more.'),
        ...problems(['stillEnabled', 'changedMeanwhile']),
      },
    }),
  },
};
