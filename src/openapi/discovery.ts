import { CONFIDENTIAL_METHODS, PUBLIC_METHODS } from '../applications/client-authentication-methods.js';
import { SIGNING_ALGORITHMS } from '../config/signing-algorithms.js';
import { SCOPES } from '../users/claims.js';
import { EXAMPLE_ISSUER } from './example-values.js';
import { type Operation, type Paths, type Schemas } from './openapi-object.js';
import { cacheable, ifNoneMatch, notModified } from './response-headers.js';
import { json, list, object, ref, text } from './schema.js';

const MAX_AGE_S = 300;
const METHODS = [...PUBLIC_METHODS, ...CONFIDENTIAL_METHODS];

const url = (description: string) => text(description, { format: 'uri' });
const values = (names: readonly string[], description: string) =>
  list({ type: 'string', enum: names }, description);

export const discoverySchemas: Schemas = {
  ServerMetadata: object(
    {
      issuer: url('The `iss` of every token.'),
      token_endpoint: url('Where tokens are issued.'),
      token_endpoint_auth_methods_supported: values(METHODS, 'How clients say who they are.'),
      revocation_endpoint: url('Where tokens are ended.'),
      revocation_endpoint_auth_methods_supported: values(METHODS, 'As above.'),
      introspection_endpoint: url('Where tokens are explained.'),
      introspection_endpoint_auth_methods_supported: values(
        CONFIDENTIAL_METHODS,
        'Only those that prove it.',
      ),
      userinfo_endpoint: url('Where claims are read.'),
      jwks_uri: url('Where the keys are.'),
      response_types_supported: list({ type: 'string' }, 'None: there is no authorization endpoint.', {
        maxItems: 0,
      }),
      grant_types_supported: list({ type: 'string' }, 'Every grant of the token endpoint.'),
      subject_types_supported: values(['public'], 'A user is the same to every application.'),
      id_token_signing_alg_values_supported: values(SIGNING_ALGORITHMS, 'An application has one of them.'),
      scopes_supported: values(SCOPES, 'Those with a meaning here.'),
    },
    { description: 'OpenID Connect Discovery 1.0 §3, RFC 8414 §2' },
  ),
};

const metadata = {
  issuer: EXAMPLE_ISSUER,
  token_endpoint: `${EXAMPLE_ISSUER}/oauth2/token`,
  token_endpoint_auth_methods_supported: METHODS,
  revocation_endpoint: `${EXAMPLE_ISSUER}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: METHODS,
  introspection_endpoint: `${EXAMPLE_ISSUER}/oauth2/introspect`,
  introspection_endpoint_auth_methods_supported: CONFIDENTIAL_METHODS,
  userinfo_endpoint: `${EXAMPLE_ISSUER}/userinfo`,
  jwks_uri: `${EXAMPLE_ISSUER}/oauth2/jwks`,
  response_types_supported: [],
  grant_types_supported: [
    'client_credentials',
    'http://tencentciam.com/oauth2/grant-type/social/wechat/code',
    'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode',
    'refresh_token',
  ],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: SIGNING_ALGORITHMS,
  scopes_supported: SCOPES,
};

const discovery = (operationId: string, summary: string): Operation => ({
  operationId,
  tags: ['OpenID Connect'],
  summary,
  description: 'What works here, and where. There is no rate limit, and no database is needed.',
  security: [{}],
  parameters: [ifNoneMatch],
  responses: {
    200: {
      description: 'The metadata.',
      headers: cacheable(MAX_AGE_S),
      content: json(ref('ServerMetadata'), { metadata }),
    },
    304: notModified(MAX_AGE_S),
  },
});

export const discoveryPaths: Paths = {
  '/.well-known/openid-configuration': {
    get: discovery('readOpenidConfiguration', 'Discover OpenID Connect'),
  },
  '/.well-known/oauth-authorization-server': { get: discovery('readServerMetadata', 'Discover OAuth 2.0') },
};
