import { type Parameter, type Paths, type Schemas } from './openapi-object.js';
import {
  ACCESS_TOKEN,
  CLIENT_ACCESS_TOKEN,
  ID_TOKEN,
  IDEMPOTENCY_KEY,
  NARROWED_ACCESS_TOKEN,
  NEXT_REFRESH_TOKEN,
  REFRESH_TOKEN,
  SPA_ACCESS_TOKEN,
  SPA_ID_TOKEN,
} from './example-values.js';
import { UNCACHED, oauthErrors } from './oauth-errors.js';
import { json, named, object, ref, text } from './schema.js';
import { tokenRequestContent, tokenRequestSchemas } from './token-requests.js';

const signedIn = {
  access_token: ACCESS_TOKEN,
  refresh_token: REFRESH_TOKEN,
  scope: 'openid profile phone',
  id_token: ID_TOKEN,
  token_type: 'Bearer',
  expires_in: 299,
};

/** Of a browser application without refresh tokens. */
const codeSignedIn = {
  access_token: SPA_ACCESS_TOKEN,
  scope: 'openid profile',
  id_token: SPA_ID_TOKEN,
  token_type: 'Bearer',
  expires_in: 299,
};

export const tokenEndpointSchemas: Schemas = {
  ...tokenRequestSchemas,
  TokenResponse: object(
    {
      access_token: text('A JWT. Its claims: sub, aud, nbf, scope, iss, exp, iat, jti.'),
      refresh_token: text('Only when the application has refresh tokens.', { pattern: '^[\\w-]{128}$' }),
      scope: text('What was granted, space separated.'),
      id_token: text('A JWT; only for a user, and with the scope `openid`.'),
      token_type: { type: 'string', const: 'Bearer' },
      expires_in: { type: 'integer', minimum: 0, description: 'Seconds that the access token still lives.' },
    },
    { optional: ['refresh_token', 'id_token'], description: 'RFC 6749 §5.1' },
  ),
};

/** @see draft-ietf-httpapi-idempotency-key-header */
const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Made by the client, at random, for one login: whoever knows it can ask for its answer. For 60 seconds the same ' +
    'request with the same key is answered alike, and WeChat is asked once. It means nothing to the other grants.',
  schema: { type: 'string', pattern: '^[!-~]{16,255}$' },
  examples: named({ repeatableLogin: IDEMPOTENCY_KEY }),
};

export const tokenEndpointPaths: Paths = {
  '/oauth2/token': {
    post: {
      operationId: 'token',
      tags: ['OAuth'],
      summary: 'Get tokens',
      description:
        'The grant decides which parameters there are. Those that it does not declare are ignored; null and ' +
        'empty values count as absent; of several faults the first in the documented order is reported. ' +
        'Everything that can be checked without WeChat is checked before the one-time `js_code` or `code` is spent.\n\n' +
        'A refresh token works once; for `refresh_reuse_interval` seconds it still answers with the same ' +
        'successor, as long as that is unused. Later use is theft and ends the session.',
      security: [{}, { clientSecretBasic: [] }],
      parameters: [idempotencyKey],
      requestBody: { required: true, content: tokenRequestContent },
      responses: {
        200: {
          description: 'Tokens.',
          headers: UNCACHED,
          content: json(ref('TokenResponse'), {
            login: signedIn,
            loginWithProfile: signedIn,
            codeLogin: codeSignedIn,
            codeLoginWithProfile: codeSignedIn,
            narrowedLogin: { ...signedIn, access_token: NARROWED_ACCESS_TOKEN, scope: 'openid' },
            refresh: { ...signedIn, refresh_token: NEXT_REFRESH_TOKEN },
            clientCredentials: {
              access_token: CLIENT_ACCESS_TOKEN,
              scope: 'reports.read',
              token_type: 'Bearer',
              expires_in: 299,
            },
          }),
        },
        ...oauthErrors([
          'missingParameter',
          'invalidParameter',
          'repeatedParameter',
          'unsupportedGrantType',
          'unauthorizedClient',
          'invalidScope',
          'authSourceNotFound',
          'wrongAuthSourceType',
          'authSourceNotAssociated',
          'codeRejected',
          'undecryptableData',
          'mismatchedData',
          'mismatchedCode',
          'snapshotUser',
          'userInfoNotAllowed',
          'mismatchedPhoneCode',
          'invalidRefreshToken',
          'authSourceOfSessionDisabled',
          'abnormalUserStatus',
          'reusedIdempotencyKey',
          'wechatRefusesUs',
          'wechatBusy',
          'wechatUnavailable',
        ]),
      },
    },
  },
};
