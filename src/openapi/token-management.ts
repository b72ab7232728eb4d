import {
  ACCESS_TOKEN,
  ACCESS_TOKEN_JTI,
  EXAMPLE_ISSUER,
  ISSUED_AT,
  MINI_PROGRAM,
  REFRESH_TOKEN,
  RESOURCE_SERVER,
  RESOURCE_SERVER_SECRET,
  USER_ID,
} from './example-values.js';
import { UNCACHED, oauthErrors } from './oauth-errors.js';
import { type Content, type Paths, type Schemas } from './openapi-object.js';
import { json, named, object, ref, text } from './schema.js';
import { clientParameters } from './token-requests.js';

const seconds = (description: string) => ({
  type: 'integer',
  description: `${description} Seconds since 1970.`,
});

export const tokenManagementSchemas: Schemas = {
  PresentedToken: object(
    {
      ...clientParameters,
      token: text('An access token or a refresh token.'),
      token_type_hint: text('Not needed, and ignored.'),
    },
    { optional: ['client_id', 'client_secret', 'token_type_hint'] },
  ),
  ActiveToken: object(
    {
      active: { type: 'boolean', const: true },
      scope: text('Space separated.'),
      client_id: text('The application that it was issued to.'),
      token_type: { type: 'string', const: 'Bearer', description: 'Not of a refresh token.' },
      exp: seconds('When it expires.'),
      iat: seconds('When it was issued.'),
      nbf: seconds('From when on it is valid.'),
      sub: text('The user; in a token without user the `client_id`.'),
      aud: text('The `client_id`.'),
      iss: text('The issuer.', { format: 'uri' }),
      jti: text('The id of an access token.'),
    },
    { optional: ['token_type', 'nbf', 'aud', 'iss', 'jti'], additionalProperties: false },
  ),
  InactiveToken: object(
    { active: { type: 'boolean', const: false } },
    {
      description: 'Not ours, expired, revoked, or its user, application or auth source is kept out.',
      additionalProperties: false,
    },
  ),
};

const mine = { client_id: MINI_PROGRAM };
const theirs = { client_id: RESOURCE_SERVER, client_secret: RESOURCE_SERVER_SECRET };

export const tokenManagementPaths: Paths = {
  '/oauth2/revoke': {
    post: {
      operationId: 'revoke',
      tags: ['OAuth'],
      summary: 'End a token',
      description:
        'An access token ends alone, a refresh token (a consumed one too) with its session and all access ' +
        'tokens of it. A token that is unknown or has expired is no error. RFC 7009.',
      security: [{}, { clientSecretBasic: [] }],
      requestBody: {
        required: true,
        content: presented({
          accessToken: { ...mine, token: ACCESS_TOKEN },
          refreshToken: { ...mine, token: REFRESH_TOKEN },
          tokenOfAnotherClient: { ...theirs, token: ACCESS_TOKEN },
        }),
      },
      responses: {
        200: { description: 'It is not valid any more. There is no body.', headers: UNCACHED },
        ...oauthErrors(['missingPresentedToken', 'repeatedPresentedToken', 'tokenOfAnotherClient']),
      },
    },
  },
  '/oauth2/introspect': {
    post: {
      operationId: 'introspect',
      tags: ['OAuth'],
      summary: 'Ask what a token is worth now',
      description:
        'For confidential applications, about any token of this issuer. Of a session the newest refresh token ' +
        'is active. RFC 7662.',
      security: [{}, { clientSecretBasic: [] }],
      requestBody: {
        required: true,
        content: presented({
          accessToken: { ...theirs, token: ACCESS_TOKEN },
          refreshToken: { ...theirs, token: REFRESH_TOKEN },
          inactive: { ...theirs, token: 'unknown' },
          publicClient: { ...mine, token: ACCESS_TOKEN },
        }),
      },
      responses: {
        200: {
          description: 'What the token says, if it is active.',
          headers: UNCACHED,
          content: json(
            { oneOf: [ref('ActiveToken'), ref('InactiveToken')] },
            {
              accessToken: {
                active: true,
                scope: 'openid profile phone',
                client_id: MINI_PROGRAM,
                token_type: 'Bearer',
                exp: ISSUED_AT + 300,
                iat: ISSUED_AT,
                nbf: ISSUED_AT,
                sub: USER_ID,
                aud: MINI_PROGRAM,
                iss: EXAMPLE_ISSUER,
                jti: ACCESS_TOKEN_JTI,
              },
              refreshToken: {
                active: true,
                scope: 'openid profile phone',
                client_id: MINI_PROGRAM,
                exp: ISSUED_AT + 86_400,
                iat: ISSUED_AT,
                sub: USER_ID,
              },
              inactive: { active: false },
            },
          ),
        },
        ...oauthErrors(['missingPresentedToken', 'repeatedPresentedToken', 'publicClient']),
      },
    },
  },
};

function presented(examples: Readonly<Record<string, object>>): Content {
  const content = { schema: ref('PresentedToken'), examples: named(examples) };
  return { 'application/x-www-form-urlencoded': content, 'application/json': content };
}
