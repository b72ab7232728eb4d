import { MINI_PROGRAM, RESOURCE_SERVER } from '../example-values.js';
import { type Paths } from '../openapi-object.js';
import { identifier, named } from '../schema.js';
import {
  CURSOR,
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

const tags = ['Applications'];

const miniProgram = {
  client_id: MINI_PROGRAM,
  name: 'Sample mini program',
  type: 'mini_program',
  grant_types: ['http://tencentciam.com/oauth2/grant-type/social/wechat/jscode', 'refresh_token'],
  scopes: ['openid', 'profile', 'phone'],
  refresh_token_ttl: 86_400,
};

const resourceServer = {
  client_id: RESOURCE_SERVER,
  name: 'Reports',
  type: 'm2m',
  grant_types: ['client_credentials'],
  scopes: ['reports.read'],
};

const defaults = {
  enabled: true,
  access_token_ttl: 300,
  id_token_ttl: 1800,
  refresh_token_ttl: 0,
  refresh_token_max_ttl: 2_592_000,
  refresh_reuse_interval: 30,
  signing_alg: 'RS256',
  token_profile: 'ciam',
  id_token_claims: [],
  cors_origins: [],
  created_at: '2026-02-05T08:00:00.000Z',
  updated_at: '2026-02-05T08:00:00.000Z',
};

const storedMiniProgram = { ...defaults, ...miniProgram };
const storedResourceServer = { ...defaults, ...resourceServer };

const changes = { name: 'Shop', access_token_ttl: 600 };
const changed = { ...storedMiniProgram, ...changes, updated_at: '2026-02-05T09:30:00.000Z' };

const generated = (client_secret: string) => ({ ...storedResourceServer, client_secret });

const application = path(
  'client_id',
  'The application.',
  identifier(),
  named({ miniProgram: MINI_PROGRAM, rotated: RESOURCE_SERVER, notFound: 'unknown' }),
);

export const applicationPaths: Paths = {
  '/admin/v1/applications': {
    get: adminOperation({
      operationId: 'listApplications',
      tags,
      summary: 'List applications',
      parameters: pageParameters({ firstPage: 1 }, { lastPage: CURSOR }),
      responses: {
        200: plain('ApplicationPage', 'Applications.', {
          firstPage: { items: [storedMiniProgram], next_cursor: CURSOR },
          lastPage: { items: [storedResourceServer], next_cursor: null },
        }),
        ...problems(['invalid'], [{ path: 'limit', detail: 'must not be greater than 200' }]),
      },
    }),
    post: adminOperation({
      operationId: 'createApplication',
      tags,
      summary: 'Create an application',
      requestBody: jsonBody('ApplicationSettings', {
        miniProgram,
        withGeneratedSecret: resourceServer,
        alreadyExists: miniProgram,
      }),
      responses: {
        201: created('CreatedApplication', 'applications', ({ client_id }) => client_id, {
          miniProgram: storedMiniProgram,
          withGeneratedSecret: generated('Zk3tq0VxW1n8rJ5yLh2bPfA7cUo4dGmS9eTiXvKwQzE'),
        }),
        ...problems(
          ['invalid', ...BODY_PROBLEMS, 'alreadyExists'],
          [
            { path: 'client_id', detail: 'must be 1 to 128 printable ASCII characters without spaces' },
            { path: 'access_token_ttl', detail: 'must not be less than 1' },
          ],
        ),
      },
    }),
  },
  '/admin/v1/applications/{client_id}': {
    get: adminOperation({
      operationId: 'readApplication',
      tags,
      summary: 'Read an application',
      parameters: [application],
      responses: {
        200: one('Application', 'The application.', { miniProgram: storedMiniProgram }),
        ...problems(['notFound']),
      },
    }),
    patch: adminOperation({
      operationId: 'changeApplication',
      tags,
      summary: 'Change an application',
      description: 'In force at once on the instance that answers, and within 5 s on every other.',
      parameters: [application, ifMatch],
      requestBody: patchBody('ApplicationChange', { changed: changes, disabled: { enabled: false } }),
      responses: {
        200: one('Application', 'The application as it is now.', {
          changed,
          disabled: { ...changed, enabled: false },
        }),
        ...problems(
          ['invalid', ...BODY_PROBLEMS, 'notFound', 'changedMeanwhile'],
          [{ path: 'type', detail: 'cannot be changed from mini_program' }],
        ),
      },
    }),
    delete: adminOperation({
      operationId: 'deleteApplication',
      tags,
      summary: 'Delete an application',
      description:
        'It must be disabled. Its sessions end, and no auth source has it any more. One that is not there is no error.',
      parameters: [application, ifMatch],
      responses: {
        204: gone('It is not there any more.'),
        ...problems(['stillEnabled', 'changedMeanwhile']),
      },
    }),
  },
  '/admin/v1/applications/{client_id}/rotate-secret': {
    post: adminOperation({
      operationId: 'rotateClientSecret',
      tags,
      summary: 'Give an application a new secret',
      description: 'The old one is wrong from now on. There is no request body.',
      parameters: [application],
      responses: {
        200: one('ApplicationWithSecret', 'The application with its new secret.', {
          rotated: generated('b7Qm2xXy9sKt4LrE1uVgH8nJfW5cZo0aDpRiTeYkMvB'),
        }),
        ...problems(['notFound', 'publicApplication']),
      },
    }),
  },
};
