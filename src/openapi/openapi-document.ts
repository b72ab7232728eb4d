import { VERSION } from '../config/version.js';
import { adminPaths, adminSchemas, adminTags } from './admin/admin-api.js';
import { discoveryPaths, discoverySchemas } from './discovery.js';
import { jwksPaths, jwksSchemas } from './jwks.js';
import { oauthErrorSchemas } from './oauth-errors.js';
import { type OpenApiObject, type SecurityScheme } from './openapi-object.js';
import { withRequestId } from './response-headers.js';
import { serviceEndpointPaths, serviceEndpointSchemas } from './service-endpoints.js';
import { tokenEndpointPaths, tokenEndpointSchemas } from './token-endpoint.js';
import { tokenManagementPaths, tokenManagementSchemas } from './token-management.js';
import { userinfoPaths, userinfoSchemas } from './userinfo.js';

const securitySchemes: Readonly<Record<string, SecurityScheme>> = {
  clientSecretBasic: {
    type: 'http',
    scheme: 'basic',
    description:
      '`client_secret_basic`: client_id and client_secret, each form-urlencoded, as user and password. ' +
      'Or `client_secret_post`: both in the body. A public application sends its client_id in the body, and no ' +
      'secret: `none`. Two methods at once are an error. RFC 6749 §2.3.1.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of a user, with the scope `openid`. RFC 6750.',
  },
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: '`ADMIN_TOKEN`. While that is unset, everything under `/admin` is 404.',
  },
};

const tags = [
  { name: 'OAuth', description: 'Tokens: getting, ending and examining them.' },
  { name: 'OpenID Connect', description: 'Who the user is, and what tokens are verified with.' },
  { name: 'Service', description: 'Health, metrics, and this document.' },
];

/**
 * Every endpoint of the service, public and admin.
 *
 * @param issuer the base of every address
 */
export function openApiDocument(issuer: string): OpenApiObject {
  return {
    openapi: '3.1.1',
    info: {
      title: 'nest-ciam',
      version: VERSION,
      summary: 'Sign-in with WeChat, wire-compatible with Tencent Cloud CIAM.',
      description:
        'Bodies are at most 64 KiB and not compressed. Paths are exact. Every answer has ' +
        '`X-Content-Type-Options: nosniff` and an `X-Request-Id`: that of the request, when it has one of 1 to 128 ' +
        'letters, digits and `_.:+/=@-`. Token endpoint, revocation and userinfo answer the preflights of CORS (OPTIONS) ' +
        'of origins that an enabled application lists in `cors_origins`. An unknown path under `/oauth2` is 404 in the ' +
        'shape of an OAuth error.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer }],
    tags: [...tags, ...adminTags],
    paths: withRequestId({
      ...tokenEndpointPaths,
      ...tokenManagementPaths,
      ...userinfoPaths,
      ...jwksPaths,
      ...discoveryPaths,
      ...serviceEndpointPaths,
      ...adminPaths,
    }),
    components: {
      schemas: {
        ...tokenEndpointSchemas,
        ...oauthErrorSchemas,
        ...tokenManagementSchemas,
        ...userinfoSchemas,
        ...jwksSchemas,
        ...discoverySchemas,
        ...serviceEndpointSchemas,
        ...adminSchemas,
      },
      securitySchemes,
    },
  };
}
