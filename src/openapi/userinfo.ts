import { USER_ATTRIBUTES } from '../database/user-attributes.js';
import { ACCESS_TOKEN, USER_ID } from './example-values.js';
import { type Operation, type Paths, type Responses, type Schemas } from './openapi-object.js';
import { NO_STORE, RETRY_AFTER, exact } from './response-headers.js';
import { json, named, partial, ref, text } from './schema.js';

/** @see RFC 6750 §3 */
function challenge(error: string, description: string): string {
  const uri = 'https://tools.ietf.org/html/rfc6750#section-3.1';
  return `Bearer error="${error}", error_description="${description}", error_uri="${uri}"`;
}

const CHALLENGES = {
  tokenNotFound: challenge('invalid_request', 'Bearer token not found in the request'),
  multipleTokens: challenge('invalid_request', 'Found multiple bearer tokens in the request'),
  malformedBody: challenge('invalid_request', 'Malformed request body'),
  invalidToken: challenge('invalid_token', 'Error decoding JWT'),
  insufficientScope: challenge(
    'insufficient_scope',
    'The request requires higher privileges than provided by the access token.',
  ),
};

export const userinfoSchemas: Schemas = {
  Claims: {
    type: 'object',
    description: 'Attributes without value, or beyond the scopes of the token, are left out.',
    properties: {
      sub: text("The user's id."),
      ...Object.fromEntries(USER_ATTRIBUTES.map((attribute) => [attribute, { type: 'string' }])),
      custom: {
        type: 'object',
        description: "The operator's own attributes.",
        additionalProperties: { type: 'string' },
      },
    },
    required: ['sub'],
  },
  UserinfoError: {
    type: 'object',
    properties: { error: { type: 'string' }, error_description: { type: 'string' } },
    required: ['error'],
  },
};

const described = (error: string, error_description: string) => ({ error, error_description });
const unavailable = (description: string) => described('temporarily_unavailable', description);

/** Errors that the token is to blame for have no body. */
const errors = (...names: (keyof typeof CHALLENGES)[]): Responses => ({
  400: refused('There is no token, or more than one.', names),
  401: refused(
    'The token is malformed, expired or revoked, its user locked or frozen, or its application disabled.',
    ['invalidToken'],
  ),
  403: refused('The token has not the scope `openid`.', ['insufficientScope']),
  404: {
    description: 'The user has been deleted.',
    headers: NO_STORE,
    content: json(ref('UserinfoError'), { userNotFound: { error: 'user_not_found' } }),
  },
  405: {
    description: 'Another method than GET and POST.',
    headers: {
      ...NO_STORE,
      Allow: { description: 'The methods that are allowed.', required: true, schema: { const: 'GET, POST' } },
    },
    content: json(ref('UserinfoError'), {
      methodNotAllowed: described('invalid_request', 'Method not allowed'),
    }),
  },
  429: {
    description: 'Too many requests of this client address in this minute: `RATE_LIMIT_PER_MINUTE`.',
    headers: { ...NO_STORE, ...RETRY_AFTER },
    content: json(ref('UserinfoError'), { tooManyRequests: unavailable('Too many requests') }),
  },
  500: {
    description: 'A fault of the service.',
    headers: NO_STORE,
    content: json(ref('UserinfoError'), {
      internalError: described('server_error', 'Internal server error'),
    }),
  },
  503: {
    description: 'The database cannot be reached.',
    headers: { ...NO_STORE, ...RETRY_AFTER },
    content: json(ref('UserinfoError'), { serviceUnavailable: unavailable('Service unavailable') }),
  },
});

const shared = {
  tags: ['OpenID Connect'],
  description:
    'What the scopes of the access token allow: `profile` all attributes but the phone number, `phone` that. ' +
    'OpenID Connect Core 1.0 §5.3.',
} as const;

const claims: Responses = {
  200: {
    description: "The user's claims.",
    headers: NO_STORE,
    content: json(ref('Claims'), {
      profile: {
        sub: USER_ID,
        nickname: 'Band',
        picture: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
        gender: 'male',
        locality: 'Guangzhou',
        phone_number: '+8613800138000',
        custom: { calling_code: '86' },
      },
    }),
  },
};

const get: Operation = {
  ...shared,
  operationId: 'readUserinfo',
  summary: 'Read the claims of the user',
  security: [{ accessToken: [] }],
  responses: { ...claims, ...errors('tokenNotFound') },
};

const post: Operation = {
  ...shared,
  operationId: 'postUserinfo',
  summary: 'Read the claims of the user, with the token in header or form',
  security: [{}, { accessToken: [] }],
  requestBody: {
    required: false,
    content: {
      'application/x-www-form-urlencoded': {
        schema: partial({ access_token: text('Instead of the header.') }),
        examples: named({ profile: { access_token: ACCESS_TOKEN } }),
      },
    },
  },
  responses: { ...claims, ...errors('tokenNotFound', 'multipleTokens', 'malformedBody') },
};

export const userinfoPaths: Paths = { '/userinfo': { get, post } };

function refused(description: string, names: (keyof typeof CHALLENGES)[]): Responses[number] {
  const values = Object.fromEntries(names.map((name) => [name, CHALLENGES[name]]));
  return { description, headers: { ...NO_STORE, 'WWW-Authenticate': exact('What is wrong.', values) } };
}
