import { NO_STORE, RETRY_AFTER } from './response-headers.js';
import { type Headers, type Responses, type Schemas } from './openapi-object.js';
import { json, object, oneOfValues, ref, text } from './schema.js';

/** Every error of the OAuth endpoints with its status, `error` and `error_description`. @see RFC 6749 §5.2 */
const ERRORS = {
  missingParameter: [400, 'invalid_request', 'Missing required parameter: js_code'],
  missingPresentedToken: [400, 'invalid_request', 'Missing required parameter: token'],
  invalidParameter: [400, 'invalid_request', 'Invalid parameter: getUserInfo'],
  repeatedParameter: [400, 'invalid_request', 'Repeated parameter: js_code'],
  repeatedPresentedToken: [400, 'invalid_request', 'Repeated parameter: token'],
  multipleAuthenticationMethods: [400, 'invalid_request', 'Multiple client authentication methods'],
  malformedBody: [400, 'invalid_request', 'Malformed request body'],
  unsupportedContentType: [400, 'invalid_request', 'Unsupported content type'],
  unsupportedGrantType: [400, 'unsupported_grant_type', 'OAuth 2.0 Parameter: grant_type'],
  unauthorizedClient: [400, 'unauthorized_client', 'Grant type not allowed for this application'],
  invalidScope: [400, 'invalid_scope', 'Scope not allowed for this application'],
  authSourceNotFound: [400, 'invalid_auth_source', 'Auth source not found or disabled'],
  wrongAuthSourceType: [400, 'invalid_auth_source', 'Wrong auth source type'],
  authSourceNotAssociated: [400, 'invalid_auth_source', 'Auth source and application not associated'],
  codeRejected: [400, 'invalid_grant', 'WeChat error: 40029'],
  undecryptableData: [400, 'invalid_grant', 'Undecryptable parameter: encryptedData'],
  mismatchedData: [400, 'invalid_grant', 'Mismatched parameter: encryptedData'],
  mismatchedCode: [400, 'invalid_grant', 'Mismatched parameter: code'],
  snapshotUser: [400, 'invalid_grant', 'WeChat snapshot user'],
  userInfoNotAllowed: [400, 'invalid_grant', 'WeChat scope does not allow getUserInfo'],
  mismatchedPhoneCode: [400, 'invalid_grant', 'Mismatched parameter: phone_code'],
  invalidRefreshToken: [400, 'invalid_grant', 'Invalid refresh token'],
  authSourceOfSessionDisabled: [400, 'invalid_grant', 'Auth source not found or disabled'],
  abnormalUserStatus: [400, 'invalid_grant', 'Abnormal user status'],
  clientAuthenticationFailed: [401, 'invalid_client', 'Client authentication failed'],
  tokenOfAnotherClient: [401, 'invalid_client', 'Client authentication failed'],
  publicClient: [401, 'invalid_client', 'Client authentication failed'],
  methodNotAllowed: [405, 'invalid_request', 'Method not allowed'],
  bodyTooLarge: [413, 'invalid_request', 'Request body too large'],
  reusedIdempotencyKey: [422, 'invalid_request', 'Idempotency-Key was used with another request'],
  tooManyRequests: [429, 'temporarily_unavailable', 'Too many requests'],
  wechatRefusesUs: [500, 'server_error', 'WeChat error: 40125'],
  internalError: [500, 'server_error', 'Internal server error'],
  wechatBusy: [503, 'temporarily_unavailable', 'WeChat error: -1'],
  wechatUnavailable: [503, 'temporarily_unavailable', 'WeChat unavailable'],
  serviceUnavailable: [503, 'temporarily_unavailable', 'Service unavailable'],
} as const;

export type OAuthErrorName = keyof typeof ERRORS;

/** What any endpoint that reads a body may answer, whatever is in it. */
const ANYWHERE: readonly OAuthErrorName[] = [
  'multipleAuthenticationMethods',
  'malformedBody',
  'unsupportedContentType',
  'clientAuthenticationFailed',
  'methodNotAllowed',
  'bodyTooLarge',
  'tooManyRequests',
  'internalError',
  'serviceUnavailable',
];

const GRANT_TYPE_ERROR_URI = 'https://datatracker.ietf.org/doc/html/rfc6749#section-5.2';

/** The headers of every OAuth answer. @see RFC 6749 §5.1 */
export const UNCACHED: Headers = {
  ...NO_STORE,
  Pragma: { description: 'For caches of HTTP/1.0.', required: true, schema: { const: 'no-cache' } },
};

const STATUSES: Readonly<Record<number, { readonly description: string; readonly headers?: Headers }>> = {
  400: { description: 'The request is wrong, or does not prove who signs in.' },
  401: {
    description: 'The client is unknown or disabled, or it is not the client that it says it is.',
    headers: {
      'WWW-Authenticate': {
        description: 'When the client tried HTTP Basic.',
        required: false,
        schema: { type: 'string', const: 'Basic realm="nest-ciam"' },
      },
    },
  },
  405: {
    description: 'Another method than POST.',
    headers: {
      Allow: { description: 'The method that is allowed.', required: true, schema: { const: 'POST' } },
    },
  },
  413: { description: 'The body is longer than 64 KiB.' },
  422: { description: 'The key has been used for another request in the last minute.' },
  429: {
    description: 'Too many requests of this client address in this minute: `RATE_LIMIT_PER_MINUTE`.',
    headers: RETRY_AFTER,
  },
  500: { description: 'A fault of the service, or of how it is set up at WeChat.' },
  503: { description: 'WeChat or the database cannot be reached or is busy.', headers: RETRY_AFTER },
};

/** The error answers of an endpoint, by status: the named ones, and those that any endpoint may give. */
export function oauthErrors(names: readonly OAuthErrorName[]): Responses {
  const wanted = Object.entries(ERRORS).filter(([name]) =>
    [...names, ...ANYWHERE].includes(name as OAuthErrorName),
  );
  const responses = Object.entries(STATUSES).flatMap(([status, { description, headers }]) => {
    const errors = wanted.filter(([, [of]]) => String(of) === status);
    if (errors.length === 0) return [];
    const content = json(
      ref('OAuthError'),
      Object.fromEntries(errors.map(([name, error]) => [name, body(error)])),
    );
    return [[status, { description, headers: { ...UNCACHED, ...headers }, content }] as const];
  });
  return Object.fromEntries(responses);
}

export const oauthErrorSchemas: Schemas = {
  OAuthError: object(
    {
      error: oneOfValues([...new Set(Object.values(ERRORS).map(([, error]) => error))], 'The error code.'),
      error_description: text('For developers: ASCII, and nothing of the request in it.'),
      error_uri: text('Where the error is explained.', { format: 'uri' }),
    },
    { optional: ['error_uri'], description: 'RFC 6749 §5.2' },
  ),
};

function body([, error, error_description]: (typeof ERRORS)[OAuthErrorName]): object {
  const explained = error === 'unsupported_grant_type' ? { error_uri: GRANT_TYPE_ERROR_URI } : {};
  return { error, error_description, ...explained };
}
