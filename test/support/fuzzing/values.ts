import fc from 'fast-check';
import { AUTH_SOURCE_ID, CLIENT_ID, CODE_GRANT, JSCODE_GRANT } from '../../../src/testing/factories.js';
import { RESOURCE_SERVER } from '../sessions.js';

/** In much of what is sent: no answer may contain it. */
export const MARK = 'zq7MARK';

/** Stand for what is only known when a request is sent. */
export const JS_CODE = '<js_code>';
export const CODE = '<code>';
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

/** A browser application, and the website at WeChat that its users sign in with. */
export const SPA = { client_id: 'spa', auth_source_id: 'website' };

const GRANTS = [
  JSCODE_GRANT,
  CODE_GRANT,
  'refresh_token',
  'client_credentials',
  'password',
  'authorization_code',
];

const PARAMETERS: Readonly<Record<string, readonly unknown[]>> = {
  grant_type: GRANTS,
  client_id: [CLIENT_ID, SPA.client_id, RESOURCE_SERVER.client_id, CLIENT_ID.toLowerCase(), `${CLIENT_ID} `],
  client_secret: [RESOURCE_SERVER.client_secret, 'wrong'],
  auth_source_id: [AUTH_SOURCE_ID, SPA.auth_source_id, 'unknown'],
  js_code: [JS_CODE, 'spent'],
  code: [CODE, 'spent'],
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

const value = (name: string): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...PARAMETERS[name]!) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );

const name = fc.oneof(fc.constantFrom(...hostileNames), text);
const surplus = fc.array(fc.tuple(name, fc.jsonValue({ maxDepth: 3 })), { maxLength: 3 });

type Parameters = [name: string, value: unknown][];

/** Any of the parameters there are, and some that there are not. */
const mixed: fc.Arbitrary<Parameters> = fc
  .tuple(fc.subarray(Object.keys(PARAMETERS)), surplus)
  .chain(([names, extra]) =>
    fc
      .tuple(...names.map(value))
      .map((values) => [...names.map((key, index): [string, unknown] => [key, values[index]]), ...extra]),
  );

const LOGIN = {
  grant_type: JSCODE_GRANT,
  client_id: CLIENT_ID,
  auth_source_id: AUTH_SOURCE_ID,
  js_code: JS_CODE,
};

const CODE_LOGIN = { ...SPA, grant_type: CODE_GRANT, code: CODE };

const RIGHT: readonly Readonly<Record<string, unknown>>[] = [
  LOGIN,
  { ...LOGIN, js_code: 'spent' },
  { ...LOGIN, getUserInfo: true, encryptedData: 'AAAAAAAAAAAAAAAAAAAAAA==', iv: 'AAAAAAAAAAAAAAAAAAAAAA==' },
  { ...LOGIN, getPhoneNumber: true, phone_code: 'unknown' },
  CODE_LOGIN,
  { ...CODE_LOGIN, getUserInfo: true },
  { ...CODE_LOGIN, code: 'spent' },
  { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: REFRESH_TOKEN },
  { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: 'a'.repeat(128) },
  { grant_type: 'client_credentials', client_id: CLIENT_ID },
  { client_id: CLIENT_ID, token: ACCESS_TOKEN },
  { ...RESOURCE_SERVER, grant_type: 'client_credentials' },
  { ...RESOURCE_SERVER, token: ACCESS_TOKEN },
];

/** What a client would send, with one parameter that is missing or another one. */
const nearlyRight: fc.Arbitrary<Parameters> = fc
  .tuple(fc.constantFrom(...RIGHT), fc.constantFrom(...Object.keys(PARAMETERS)), fc.boolean())
  .chain(([right, name, isMissing]) =>
    value(name).map((other) =>
      Object.entries(isMissing ? right : { ...right, [name]: other }).filter(
        ([key]) => !isMissing || key !== name,
      ),
    ),
  );

export const parameters: fc.Arbitrary<Parameters> = fc.oneof(mixed, nearlyRight);
