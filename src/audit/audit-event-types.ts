/** What an event is about beyond its type; `null` is unknown or none. */
export interface AuditSubject {
  readonly clientId?: string | null;
  readonly authSourceId?: string | null;
  readonly userId?: string | null;
  /** The client's IP address. */
  readonly address?: string | null;
  readonly userAgent?: string | null;
}

export const AUDIT_EVENT_TYPES = [
  'login_succeeded',
  'login_failed',
  'user_created',
  'user_updated',
  'user_status_changed',
  'user_deleted',
  'identity_linked',
  'identity_conflict',
  'refresh_token_reuse',
  'token_revoked',
  'session_revoked',
  'admin_changed',
  'signing_key_rotated',
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** What an operator can change besides users. */
export type AdministratedResource = 'application' | 'auth_source' | 'signing_keys' | 'encryption_key';
export type AdministrativeAction =
  'created' | 'updated' | 'deleted' | 'secret_rotated' | 'rotation_requested' | 'rotated';

/** The attributes that were written, without their values; of a phone number, the masked one. */
interface WrittenAttributes {
  attributes: string[];
  phone_number?: string | null;
}

/**
 * The detail of each type of event. No secret, no profile value, no full phone number.
 *
 * `by` is who did it: `admin API`, `cli (USER)` or `PROVISION_FILE`.
 */
export interface AuditEventDetails extends Record<AuditEventType, object> {
  login_succeeded: { grant_type: string; scope: string };
  /** `error` and `error_description` are what the caller was told, `reason` is what it was not. */
  login_failed: { grant_type: string; error: string; error_description: string; reason?: string };
  user_created: WrittenAttributes;
  /** `by` is absent when a sign-in brought them. */
  user_updated: WrittenAttributes & { by?: string };
  user_status_changed: { before: string; after: string; by: string };
  user_deleted: { by: string };
  identity_linked: { identities: string[] };
  /** The event's user signed in; the weaker identity belongs to this other one. */
  identity_conflict: { conflicting_user_id: string };
  refresh_token_reuse: { session_id: string };
  /** An access token by its `jti`; a refresh token with the session that ended with it. */
  token_revoked:
    { token_type: 'access_token'; jti: string } | { token_type: 'refresh_token'; session_id: string };
  session_revoked: { session_id: string; by: string };
  /** `fields` are those that were written, secrets included; `before` and `after` are their values, without secrets. */
  admin_changed: {
    resource: AdministratedResource;
    id: string;
    action: AdministrativeAction;
    fields: readonly string[];
    before: Readonly<Record<string, unknown>>;
    after: Readonly<Record<string, unknown>>;
    by: string;
  };
  signing_key_rotated: { alg: string; kid: string; retired_kid: string; cause: 'age' | 'request' };
}
