import { KEY_ID, NEXT_KEY_ID } from './example-values.js';
import { type Paths, type Schema, type Schemas } from './openapi-object.js';
import { NO_STORE, cacheable, exact, ifNoneMatch, notModified } from './response-headers.js';
import { json, list, object, ref, text, uuid } from './schema.js';

const MAX_AGE_S = 300;

export const jwksSchemas: Schemas = {
  JwkSet: object(
    {
      keys: list(
        { oneOf: [ref('RsaKey'), ref('EcKey')] },
        'Keys that sign, that will, and that have signed what is still valid.',
      ),
    },
    { description: 'RFC 7517 §5' },
  ),
  RsaKey: key('RSA', 'RS256', { n: text('Modulus, base64url.'), e: text('Exponent, base64url.') }),
  EcKey: key('EC', 'ES256', {
    crv: { type: 'string', const: 'P-256' },
    x: text('Coordinate, base64url.'),
    y: text('Coordinate, base64url.'),
  }),
};

const MODULUS =
  'suhKLdLW5sUaijTvvwqK5O0dnu5hj7SZyOo8IqjBNyqBl4SOMcQqjmS72BCZpeYZAxsEUt2LIkql33NBn_A3lewM4-G_HT7Bfs3RmyWJUOQ5n80nTg3dQYXzsrJ1VbP3BhzxFSLOHWASuAr0vw1McAzIrKAOfqupQIsSv04eJXgbwyTAl4Q-oVb0Kzumd4WX37BXqQiztFYC4tQYPS3lU9sE9zKh7QwAi8AclywYitY28v7u8OLx0aCLqgSEg9TnCVRB7uzTHCuPvs1894BchiHWQPlmTWgIG3nrB964eEBfsclsJC9aS7JbVfBzPz8pL03FAGIakR_7Oesq0lfxaQ';

const rsaKey = (kid: string) => ({
  kty: 'RSA',
  use: 'sig',
  alg: 'RS256',
  kid,
  n: MODULUS,
  e: 'AQAB',
});

const ecKey = (kid: string) => ({
  kty: 'EC',
  use: 'sig',
  alg: 'ES256',
  kid,
  crv: 'P-256',
  x: 'BAhv3KOQrwqfDsM6zsXfkHG9ovfTCvlWF-R1Rcuzen8',
  y: 'bSWWEW5QjZUmvukc5bfwnYJj3MI3dvWa4_saqDRwSeY',
});

export const jwksPaths: Paths = {
  '/oauth2/jwks': {
    get: {
      operationId: 'readJwks',
      tags: ['OpenID Connect'],
      summary: 'Read the keys that tokens are verified with',
      description:
        'A key is published long before it signs, and until the last token that it signed has expired. ' +
        'There is no rate limit. While the service has lost its database, `max-age` is 0.',
      security: [{}],
      parameters: [ifNoneMatch],
      responses: {
        200: {
          description: 'The keys.',
          headers: cacheable(MAX_AGE_S),
          content: json(ref('JwkSet'), {
            keys: {
              keys: [
                rsaKey(KEY_ID),
                rsaKey(NEXT_KEY_ID),
                ecKey('0f8d1c7e-2f45-4a1b-9c1c-6f0e7d3b5a42'),
                ecKey('d3b07384-d113-4ec5-a5e1-9b1d2c4f6e80'),
              ],
            },
          }),
        },
        304: notModified(MAX_AGE_S),
        503: {
          description: 'There are no keys yet, for the database has no tables. There is no body.',
          headers: { ...NO_STORE, 'Retry-After': exact('Seconds.', { noKeys: '5' }) },
        },
      },
    },
  },
};

function key(kty: string, alg: string, material: Readonly<Record<string, Schema>>): Schema {
  return object({
    kty: { type: 'string', const: kty },
    use: { type: 'string', const: 'sig' },
    alg: { type: 'string', const: alg },
    kid: uuid('Names the key.'),
    ...material,
  });
}
