import fc from 'fast-check';
import { AUTH_SOURCE_ID, CLIENT_ID, JSCODE_GRANT } from '../factories.js';
import { RESOURCE_SERVER } from '../sessions.js';

/** In much of what is sent: no answer may contain it. */
export const MARK = 'zq7MARK';

/** Stand for what is only known when a request is sent. */
export const JS_CODE = '<js_code>';
export const ACCESS_TOKEN = '<access token>';
export const REFRESH_TOKEN = '<refresh token>';

export const hostileNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
  'then',
  '',
  '0',
  'length',
  `${MARK}`,
];

/** Text of any kind; often marked. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => `${MARK}${value}`),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    MARK,
    `${MARK}"\\`,
    '%00',
    '😀',
    '\ud800',
    'null',
    'true',
    '{}',
    '[]',
    '-1',
    '1e999',
  ),
  fc.nat(200).map((length) => MARK.repeat(length)),
);

const GRANTS = [JSCODE_GRANT, 'refresh_token', 'client_credentials', 'password', 'authorization_code'];

const PARAMETERS: Readonly<Record<string, readonly unknown[]>> = {
  grant_type: GRANTS,
  client_id: [CLIENT_ID, RESOURCE_SERVER.client_id, CLIENT_ID.toLowerCase(), `${CLIENT_ID} `],
  client_secret: [RESOURCE_SERVER.client_secret, 'wrong'],
  auth_source_id: [AUTH_SOURCE_ID, 'unknown'],
  js_code: [JS_CODE, 'spent'],
  getUserInfo: [true, false, 'true', 'false', 1],
  encryptedData: ['AAAAAAAAAAAAAAAAAAAAAA==', 'AAAA', '!'],
  iv: ['AAAAAAAAAAAAAAAAAAAAAA==', 'AAAA'],
  getPhoneNumber: [true, false, 'true'],
  phone_code: ['unknown'],
  scope: ['openid', 'openid profile', 'phone', 'admin', ' openid', 'openid  openid'],
  refresh_token: [REFRESH_TOKEN, 'a'.repeat(128)],
  token: [ACCESS_TOKEN, REFRESH_TOKEN, 'eyJhbGciOiJub25lIn0.e30.'],
  token_type_hint: ['access_token', 'refresh_token', 'other'],
  access_token: [ACCESS_TOKEN],
};

/** What a client would send, some of it left out or replaced by what nobody would send. */
export const parameters: fc.Arbitrary<[string, unknown][]> = fc
  .tuple(
    fc.subarray(Object.keys(PARAMETERS), { minLength: 0 }),
    fc.array(fc.tuple(fc.oneof(fc.constantFrom(...hostileNames), text), fc.jsonValue({ maxDepth: 3 })), {
      maxLength: 3,
    }),
  )
  .chain(([names, extra]) =>
    fc
      .tuple(
        ...names.map((name) =>
          fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom(...PARAMETERS[name]!) },
            { weight: 1, arbitrary: text as fc.Arbitrary<unknown> },
            { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown> },
          ),
        ),
      )
      .map((values) => [...names.map((name, index): [string, unknown] => [name, values[index]]), ...extra]),
  );
