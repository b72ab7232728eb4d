/** An answer in which whatever is random is a number: the order in which the service gave it out in this run. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the model expects, and in which case: that is for the reader, and for counting what a test has met. */
export interface Verdict {
  readonly reason: Case;
  readonly answer: Answer;
}

const error = (status: number, error: string, error_description: string): Answer => ({
  status,
  body: { error, error_description },
});
const empty = (status: number): Answer => ({ status, body: undefined });

const INVALID = error(400, 'invalid_grant', 'Invalid refresh token');
const NO_SUCH_CLIENT = error(401, 'invalid_client', 'Client authentication failed');
const NO_SOURCE = 'Auth source not found or disabled';

/** What the token endpoint refuses, and what it says then: some causes are nobody's business. */
const REFUSALS = {
  'client disabled': NO_SUCH_CLIENT,
  'sign-in while the auth source is disabled': error(400, 'invalid_auth_source', NO_SOURCE),
  'refresh tokens switched off': error(
    400,
    'unauthorized_client',
    'Grant type not allowed for this application',
  ),
  'token unknown': INVALID,
  'token of another client': INVALID,
  'token of an ended family': INVALID,
  'unused token expired': INVALID,
  'consumed token expired': INVALID,
  'consumed token too late': INVALID,
  'consumed token after its successor': INVALID,
  'user locked or frozen': error(400, 'invalid_grant', 'Abnormal user status'),
  'auth source disabled': error(400, 'invalid_grant', NO_SOURCE),
  'user deleted': INVALID,
  'scope too wide': error(400, 'invalid_scope', 'Scope not allowed for this application'),
};
const GRANTS = ['signed in', 'signed in without refresh token', 'rotated', 'replayed'] as const;

const REVOCATIONS = {
  'family revoked': empty(200),
  'access token revoked': empty(200),
  'unknown token revoked': empty(200),
  'revocation by another client': NO_SUCH_CLIENT,
};
const USES = {
  'access token over': empty(401),
  'access token without openid': empty(403),
  'access token of a deleted user': { status: 404, body: { error: 'user_not_found' } },
};
const INACTIVE = { status: 200, body: { active: false } };
const INTROSPECTIONS = {
  'access token inactive': INACTIVE,
  'refresh token inactive': INACTIVE,
  'unknown token inactive': INACTIVE,
};
const SUCCESSES = ['access token accepted', 'access token active', 'refresh token active'] as const;

const FIXED = { ...REFUSALS, ...REVOCATIONS, ...USES, ...INTROSPECTIONS };

export type Refusal = keyof typeof REFUSALS;
export type Case = keyof typeof FIXED | (typeof GRANTS)[number] | (typeof SUCCESSES)[number];

/** Every case that a test of many runs has to come to. */
export const CASES: readonly Case[] = [
  ...(Object.keys(FIXED) as (keyof typeof FIXED)[]),
  ...GRANTS,
  ...SUCCESSES,
];

/** A case that always has the same answer. */
export const fixed = (reason: keyof typeof FIXED): Verdict => ({ reason, answer: FIXED[reason] });
