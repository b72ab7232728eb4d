/** What an event is about beyond its type; `null` is unknown or none. */
export interface AuditSubject {
  readonly clientId?: string | null;
  readonly authSourceId?: string | null;
  readonly userId?: string | null;
  /** The client's IP address. */
  readonly address?: string | null;
  readonly userAgent?: string | null;
}

/** The detail of each type of event. Names and codes only: no secret, no profile value, no full phone number. */
export interface AuditEventDetails {
  login_succeeded: { grant_type: string; scope: string };
  /** `error` and `error_description` are what the caller was told, `reason` is what it was not. */
  login_failed: { grant_type: string; error: string; error_description: string; reason?: string };
  user_created: { attributes: string[] };
  user_updated: { attributes: string[] };
  identity_linked: { identities: string[] };
  /** The event's user signed in; the weaker identity belongs to this other one. */
  identity_conflict: { conflicting_user_id: string };
  refresh_token_reuse: { session_id: string };
  /** An access token by its `jti`; a refresh token with the session that ended with it. */
  token_revoked:
    { token_type: 'access_token'; jti: string } | { token_type: 'refresh_token'; session_id: string };
  signing_key_rotated: { alg: string; kid: string; retired_kid: string; cause: 'age' | 'request' };
  admin_changed: {
    resource: string;
    id: string;
    action: 'created' | 'updated';
    fields: string[];
    by: string;
  };
}

export type AuditEventType = keyof AuditEventDetails;
