import { AUDIT_EVENT_TYPES, type AuditEventType } from '../../audit/audit-event-types.js';
import { SIGNING_ALGORITHMS } from '../../config/signing-algorithms.js';
import { USER_STATUSES } from '../../users/user.entity.js';
import { type Schema, type Schemas } from '../openapi-object.js';
import { list, nullable, object, oneOfValues, text, time, uuid } from '../schema.js';
import { page } from './admin-operation.js';

const by = text('`admin API`, `cli (USER)` or `PROVISION_FILE`.');
const status = oneOfValues(USER_STATUSES);
const names = list({ type: 'string' }, 'Names.');
const values: Schema = { type: 'object', additionalProperties: true };
const written = {
  attributes: list({ type: 'string' }, 'Names of the attributes that were written.'),
  phone_number: nullable(text('Masked, as `+86*******8000`.')),
};

/** What is particular to each type of event. */
const details: Readonly<Record<AuditEventType, Schema>> = {
  login_succeeded: object({ grant_type: text(), scope: text() }),
  login_failed: object(
    {
      grant_type: text(),
      error: text('What the caller was told.'),
      error_description: text('What the caller was told.'),
      reason: text('What only the operator is told.'),
    },
    { optional: ['reason'] },
  ),
  user_created: object(written, { optional: ['phone_number'] }),
  user_updated: object({ ...written, by }, { optional: ['phone_number', 'by'] }),
  user_status_changed: object({ before: status, after: status, by }),
  user_deleted: object({ by }),
  identity_linked: object({ identities: names }),
  identity_conflict: object({
    conflicting_user_id: uuid('Whom the weaker identity belongs to; the other one signed in.'),
  }),
  refresh_token_reuse: object({ session_id: uuid('It has ended.') }),
  token_revoked: object(
    {
      token_type: oneOfValues(['access_token', 'refresh_token']),
      jti: text('Of an access token.'),
      session_id: uuid('Of a refresh token; it has ended.'),
    },
    { optional: ['jti', 'session_id'] },
  ),
  session_revoked: object({ session_id: uuid(), by }),
  admin_changed: object({
    resource: oneOfValues(['application', 'auth_source', 'signing_keys', 'encryption_key']),
    id: text(),
    action: oneOfValues(['created', 'updated', 'deleted', 'secret_rotated', 'rotation_requested', 'rotated']),
    fields: names,
    before: values,
    after: values,
    by,
  }),
  signing_key_rotated: object({
    alg: oneOfValues(SIGNING_ALGORITHMS),
    kid: uuid('It signs now.'),
    retired_kid: uuid('It signed before.'),
    cause: oneOfValues(['age', 'request']),
  }),
};

function event(type: AuditEventType): Schema {
  return object(
    {
      id: uuid('Names it.'),
      type: { type: 'string', const: type, description: 'What happened.' },
      created_at: time('When.'),
      client_id: nullable(text('The application.')),
      auth_source_id: nullable(text('The auth source.')),
      user_id: nullable(text('The user.')),
      address: nullable(text('The IP address that the request came from.')),
      user_agent: nullable(text('What sent it, as it says itself.')),
      detail: details[type],
    },
    { title: type },
  );
}

export const auditEventSchemas: Schemas = {
  AuditEvent: {
    description: 'Has no secret, no profile value and no full phone number.',
    oneOf: AUDIT_EVENT_TYPES.map(event),
  },
  AuditEventPage: page('AuditEvent', 'The newest first.'),
};
