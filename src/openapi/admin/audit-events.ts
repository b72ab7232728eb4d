import { AUDIT_EVENT_TYPES } from '../../audit/audit-event-types.js';
import { AUTH_SOURCE, MINI_PROGRAM, USER_ID } from '../example-values.js';
import { type Paths } from '../openapi-object.js';
import { identifier } from '../schema.js';
import { CURSOR, adminOperation, pageParameters, plain, query } from './admin-operation.js';
import { problems } from './problems.js';

const login = {
  created_at: '2026-02-05T08:00:00.000Z',
  client_id: MINI_PROGRAM,
  auth_source_id: AUTH_SOURCE,
  user_id: USER_ID,
  address: '203.0.113.7',
  user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) MicroMessenger/8.0.60',
};

const loginSucceeded = {
  id: '019c2f4e-7a5f-7a02-b1c4-0d2e8f6a9b35',
  type: 'login_succeeded',
  ...login,
  detail: {
    grant_type: 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode',
    scope: 'openid profile phone',
  },
};

const userCreated = {
  id: '019c2f4e-7a5e-7f41-9e07-5c1b3a8d2f60',
  type: 'user_created',
  ...login,
  detail: { attributes: ['nickname', 'phone_number'], phone_number: '+86*******8000' },
};

const moment = { type: 'string', format: 'date-time' };

export const auditEventPaths: Paths = {
  '/admin/v1/audit-events': {
    get: adminOperation({
      operationId: 'listAuditEvents',
      tags: ['Audit events'],
      summary: 'Find audit events',
      description: 'Every parameter narrows the list.',
      parameters: [
        query('user_id', 'The user.', identifier(), { byUser: USER_ID, nextPage: USER_ID }),
        query('client_id', 'The application.', identifier(), {
          byUser: MINI_PROGRAM,
          nextPage: MINI_PROGRAM,
        }),
        query(
          'type',
          'What happened.',
          { type: 'string', enum: AUDIT_EVENT_TYPES },
          { byType: 'login_succeeded' },
        ),
        query('from', 'The first moment, RFC 3339.', moment, { byTime: '2025-01-01T00:00:00Z' }),
        query('to', 'The first moment that is too late, RFC 3339.', moment, {
          byTime: '2025-02-01T00:00:00+08:00',
        }),
        ...pageParameters({ byUser: 1 }, { nextPage: CURSOR }),
      ],
      responses: {
        200: plain('AuditEventPage', 'Events.', {
          byType: { items: [loginSucceeded], next_cursor: null },
          byUser: { items: [loginSucceeded], next_cursor: CURSOR },
          nextPage: { items: [userCreated], next_cursor: null },
          byTime: { items: [], next_cursor: null },
        }),
        ...problems(
          ['invalid'],
          [{ path: 'from', detail: 'must be a time of RFC 3339 such as 2026-01-31T08:00:00Z' }],
        ),
      },
    }),
  },
};
