import { AUTH_SOURCE, MINI_PROGRAM, SESSION_ID, UNKNOWN_SESSION_ID } from '../example-values.js';
import { type Paths } from '../openapi-object.js';
import { named, text } from '../schema.js';
import { adminOperation, gone, pageParameters, path, plain } from './admin-operation.js';
import { problems } from './problems.js';
import { userParameter } from './users.js';

const tags = ['Users'];

const session = {
  id: SESSION_ID,
  client_id: MINI_PROGRAM,
  auth_source_id: AUTH_SOURCE,
  scopes: ['openid', 'profile', 'phone'],
  created_at: '2026-02-05T08:00:00.000Z',
  expires_at: '2026-03-07T08:00:00.000Z',
};

const sessionParameter = path(
  'sid',
  'The session.',
  text(),
  named({ session: SESSION_ID, unknownSession: UNKNOWN_SESSION_ID }),
);

export const sessionPaths: Paths = {
  '/admin/v1/users/{id}/sessions': {
    get: adminOperation({
      operationId: 'listSessions',
      tags,
      summary: 'List the sessions of a user',
      description: 'Those that can still be refreshed.',
      parameters: [userParameter, ...pageParameters()],
      responses: {
        200: plain('SessionPage', 'Sessions.', { all: { items: [session], next_cursor: null } }),
        ...problems(['invalid', 'notFound'], [{ path: 'limit', detail: 'must not be greater than 200' }]),
      },
    }),
    delete: adminOperation({
      operationId: 'endSessions',
      tags,
      summary: 'End all sessions of a user',
      description: 'None of their tokens works again.',
      parameters: [userParameter],
      responses: { 204: gone('There are none any more.'), ...problems(['notFound']) },
    }),
  },
  '/admin/v1/users/{id}/sessions/{sid}': {
    get: adminOperation({
      operationId: 'readSession',
      tags,
      summary: 'Read a session of a user',
      parameters: [userParameter, sessionParameter],
      responses: {
        200: plain('Session', 'The session.', { session }),
        ...problems(['notFound']),
      },
    }),
    delete: adminOperation({
      operationId: 'endSession',
      tags,
      summary: 'End a session of a user',
      description: 'None of its tokens works again. A session that is unknown or over is no error.',
      parameters: [userParameter, sessionParameter],
      responses: { 204: gone('It is over.'), ...problems(['notFound']) },
    }),
  },
};
