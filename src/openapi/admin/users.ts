import { USER_STATUSES } from '../../users/user.entity.js';
import { APP_ID, OPENID, UNKNOWN_USER_ID, USER_ID } from '../example-values.js';
import { type Paths } from '../openapi-object.js';
import { identifier, named, text } from '../schema.js';
import {
  adminOperation,
  gone,
  ifMatch,
  one,
  pageParameters,
  patchBody,
  path,
  plain,
  query,
} from './admin-operation.js';
import { BODY_PROBLEMS, problems } from './problems.js';
import { phoneNumber } from './user-schemas.js';

const tags = ['Users'];

const user = {
  id: USER_ID,
  status: 'NORMAL',
  name: null,
  nickname: 'Band',
  picture: null,
  gender: null,
  locality: null,
  region: null,
  country: null,
  locale: null,
  phone_number: '+8613800138000',
  custom: {},
  identities: [{ type: 'wechat_openid', issuer: APP_ID, subject: OPENID }],
  created_at: '2026-02-05T08:00:00.000Z',
  updated_at: '2026-02-05T08:00:00.000Z',
};

const change = { name: 'Ming Li', phone_number: null, custom: { tier: 'gold' } };
const changed = { ...user, ...change, updated_at: '2026-02-05T09:30:00.000Z' };

export const userParameter = path(
  'id',
  'The user: the `sub` of tokens.',
  text(),
  named({ user: USER_ID, notFound: UNKNOWN_USER_ID }),
);

const everybody = { items: [user], next_cursor: null };

export const userPaths: Paths = {
  '/admin/v1/users': {
    get: adminOperation({
      operationId: 'listUsers',
      tags,
      summary: 'Find users',
      description: 'Every parameter narrows the list.',
      parameters: [
        query('phone_number', 'E.164; is logged nowhere.', phoneNumber, {
          byPhoneNumber: '+8613800138000',
        }),
        query('openid', 'At any mini program.', identifier(), { byOpenid: OPENID }),
        query('unionid', 'Of any open platform account.', identifier(), { byUnionid: 'unknown' }),
        query('status', 'Their status.', { type: 'string', enum: USER_STATUSES }, { byStatus: 'NORMAL' }),
        ...pageParameters(),
      ],
      responses: {
        200: plain('UserPage', 'Users.', {
          byPhoneNumber: everybody,
          byOpenid: everybody,
          byUnionid: { items: [], next_cursor: null },
          byStatus: everybody,
        }),
        ...problems(
          ['invalid'],
          [{ path: 'status', detail: 'must be one of the following values: NORMAL, LOCK, FREEZE' }],
        ),
      },
    }),
  },
  '/admin/v1/users/{id}': {
    get: adminOperation({
      operationId: 'readUser',
      tags,
      summary: 'Read a user',
      parameters: [userParameter],
      responses: { 200: one('User', 'The user.', { user }), ...problems(['notFound']) },
    }),
    patch: adminOperation({
      operationId: 'changeUser',
      tags,
      summary: 'Change a user',
      description:
        'While a user is locked or frozen, no token is issued, refreshed or told anything for; sessions stay.',
      parameters: [userParameter, ifMatch],
      requestBody: patchBody('UserChange', { changed: change, locked: { status: 'LOCK' } }),
      responses: {
        200: one('User', 'The user as it is now.', { changed, locked: { ...changed, status: 'LOCK' } }),
        ...problems(
          ['invalid', ...BODY_PROBLEMS, 'notFound', 'changedMeanwhile'],
          [
            { path: 'status', detail: 'must be one of the following values: NORMAL, LOCK, FREEZE' },
            { path: 'phone_number', detail: 'must be an E.164 number such as +8613800138000' },
          ],
        ),
      },
    }),
    delete: adminOperation({
      operationId: 'deleteUser',
      tags,
      summary: 'Erase a user',
      description:
        'Profile and identities are erased, sessions end, and the audit events of the user lose address, user agent ' +
        'and phone number. Who signs in again is a new user. One that is not there is no error.',
      parameters: [userParameter, ifMatch],
      responses: { 204: gone('There is no such user any more.'), ...problems(['changedMeanwhile']) },
    }),
  },
};
