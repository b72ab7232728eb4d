import { DISPLAY_TEXT } from '../../database/display-text.js';
import { APPLICATION_TYPES, TOKEN_PROFILES } from '../../applications/application.entity.js';
import { CORS_ORIGIN, LONGEST_CORS_ORIGIN } from '../../applications/cors-origin.js';
import { SIGNING_ALGORITHMS } from '../../config/signing-algorithms.js';
import { type Schema, type Schemas } from '../openapi-object.js';
import { identifier, list, object, oneOfValues, partial, text, time } from '../schema.js';
import { page } from './admin-operation.js';
import { userAttribute } from './user-attribute.js';

const TEN_YEARS = 315_360_000;
const LONGEST_LIST = 50;

const seconds = (description: string, minimum: number, preset: number, maximum = TEN_YEARS): Schema => ({
  type: 'integer',
  description: `${description} Seconds.`,
  minimum,
  maximum,
  default: preset,
});

const few = { uniqueItems: true, maxItems: LONGEST_LIST };

/** What an operator may set and read. */
const settings: Schemas = {
  client_id: identifier('Cannot be changed.'),
  name: text('For people. Default: the client_id.', { pattern: DISPLAY_TEXT.source, maxLength: 255 }),
  type: oneOfValues(
    APPLICATION_TYPES,
    'Cannot be changed. `web` and `m2m` are confidential: they have a secret; the others are public.',
  ),
  enabled: { type: 'boolean', description: 'A disabled application gets no tokens.', default: true },
  grant_types: list(text(undefined, { maxLength: 255 }), 'The grants that it may use.', {
    ...few,
    default: [],
  }),
  scopes: list(
    text('RFC 6749 §3.3', { pattern: '^[!#-[\\]-~]{1,128}$' }),
    'What may be granted, in this order.',
    { ...few, default: ['openid'] },
  ),
  access_token_ttl: seconds('Lifetime of an access token.', 1, 300),
  id_token_ttl: seconds('Lifetime of an ID token.', 1, 1800),
  refresh_token_ttl: seconds(
    'How long a refresh token may stay unused; 0: there are none. At most `refresh_token_max_ttl`.',
    0,
    0,
  ),
  refresh_token_max_ttl: seconds(
    'How long a user stays signed in, however often tokens are refreshed.',
    1,
    2_592_000,
  ),
  refresh_reuse_interval: seconds(
    'How long a used refresh token still answers, with the same successor.',
    0,
    30,
    3600,
  ),
  signing_alg: oneOfValues(SIGNING_ALGORITHMS, 'What its tokens are signed with.', { default: 'RS256' }),
  token_profile: oneOfValues(
    TOKEN_PROFILES,
    'The shape of its access tokens. `rfc9068`: typ at+jwt, scope as one string, client_id claim.',
    { default: 'ciam' },
  ),
  id_token_claims: list(userAttribute(), 'What ID tokens say of the user, as far as scopes allow.', {
    ...few,
    default: [],
  }),
  cors_origins: list(
    text('As browsers spell it; a first label `*` stands for any one.', {
      pattern: CORS_ORIGIN.source,
      maxLength: LONGEST_CORS_ORIGIN,
    }),
    'The origins whose pages may read answers to this application (CORS).',
    { uniqueItems: true, maxItems: 10, default: [] },
  ),
};

const client_secret = text('Confidential types only. Write-only: stored hashed.', {
  pattern: '^[\\x20-\\x7e]{1,512}$',
});

const description: Schemas = {
  ...settings,
  created_at: time('When it was created.'),
  updated_at: time('When it was last changed.'),
};

const generated = text('The generated secret. It is shown this once.');

export const applicationSchemas: Schemas = {
  ApplicationSettings: partial(
    { ...settings, client_secret },
    {
      required: ['client_id', 'type'],
      description:
        'What is left out gets its default. A confidential application without `client_secret` gets one.',
    },
  ),
  ApplicationChange: partial(
    { ...settings, client_secret },
    { description: 'What is left out keeps its value; null is refused.' },
  ),
  Application: object(description),
  CreatedApplication: object({ ...description, client_secret: generated }, { optional: ['client_secret'] }),
  ApplicationWithSecret: object({ ...description, client_secret: generated }),
  ApplicationPage: page('Application', 'In the order of their client ids.'),
};
