import { type Content, type Schema, type Schemas } from './openapi-object.js';
import {
  AUTH_SOURCE,
  CODE,
  ENCRYPTED_DATA,
  IV,
  JS_CODE,
  MINI_PROGRAM,
  PHONE_CODE,
  REFRESH_TOKEN,
  RESOURCE_SERVER,
  RESOURCE_SERVER_SECRET,
  SPA,
  WEBSITE_SOURCE,
} from './example-values.js';
import { named, object, ref, text } from './schema.js';

const WECHAT_CODE = 'http://tencentciam.com/oauth2/grant-type/social/wechat/code';
const WECHAT_JSCODE = 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode';

/** The client's own parameters: with HTTP Basic neither is needed. */
export const clientParameters = {
  client_id: text('The application that asks; not needed with HTTP Basic.', { maxLength: 128 }),
  client_secret: text('Confidential applications only: `client_secret_post`.'),
};

const scope = text('Space separated; narrows what is granted. Default: all that the application has.', {
  maxLength: 1024,
});

function grant(grantType: string, parameters: Readonly<Record<string, Schema>>, rest: Schema): Schema {
  const grant_type = { type: 'string', const: grantType };
  return object({ grant_type, ...parameters }, rest);
}

/** By the name of its schema. */
export const tokenRequestSchemas: Schemas = {
  WechatJscodeRequest: grant(
    WECHAT_JSCODE,
    {
      client_id: text('The application, of type `mini_program`.', { maxLength: 128 }),
      auth_source_id: text('The WeChat auth source, enabled and linked to the application.', {
        maxLength: 128,
      }),
      js_code: text('From `wx.login()`: works once, for five minutes.', { maxLength: 512 }),
      getUserInfo: { type: 'boolean', description: 'Map profile data: needs `encryptedData` and `iv`.' },
      encryptedData: text('From `wx.getUserProfile()`; base64 of whole AES blocks.', { maxLength: 49_152 }),
      iv: text('From `wx.getUserProfile()`; base64 of 16 bytes.', { maxLength: 64 }),
      getPhoneNumber: { type: 'boolean', description: 'Map the phone number: needs `phone_code`.' },
      phone_code: text('From the phone number button: works once, for five minutes, and is billed.', {
        maxLength: 512,
      }),
      scope,
    },
    {
      description: 'WeChat Mini Program login. See https://cloud.tencent.com/document/product/1441/68677.',
      optional: ['getUserInfo', 'encryptedData', 'iv', 'getPhoneNumber', 'phone_code', 'scope'],
      allOf: [needs('getUserInfo', ['encryptedData', 'iv']), needs('getPhoneNumber', ['phone_code'])],
    },
  ),
  WechatCodeRequest: grant(
    WECHAT_CODE,
    {
      ...clientParameters,
      auth_source_id: text(
        'The WeChat website, official account or mobile app, enabled and linked to the application.',
        { maxLength: 128 },
      ),
      code: text("From WeChat's authorization page or SDK: works once, for five minutes.", {
        maxLength: 512,
      }),
      getUserInfo: {
        type: 'boolean',
        description: 'Map profile data: the user has agreed to `snsapi_userinfo` or `snsapi_login`.',
      },
      scope,
    },
    {
      description:
        'WeChat login of applications of type `web`, `spa` or `mobile`. ' +
        'See https://cloud.tencent.com/document/product/1441/68675.',
      optional: ['client_id', 'client_secret', 'getUserInfo', 'scope'],
    },
  ),
  RefreshTokenRequest: grant(
    'refresh_token',
    {
      ...clientParameters,
      refresh_token: text('The newest of its session.', { maxLength: 1024 }),
      scope: text('Space separated; narrows the access token, the session keeps its own.', {
        maxLength: 1024,
      }),
    },
    {
      description: 'New tokens for a refresh token, which is replaced. RFC 6749 §6.',
      optional: ['client_id', 'client_secret', 'scope'],
    },
  ),
  ClientCredentialsRequest: grant(
    'client_credentials',
    { ...clientParameters, scope },
    {
      description: 'An access token without user, for applications of type `web` or `m2m`. RFC 6749 §4.4.',
      optional: ['client_id', 'client_secret', 'scope'],
    },
  ),
};

const tokenRequestSchema: Schema = {
  oneOf: Object.keys(tokenRequestSchemas).map(ref),
  discriminator: {
    propertyName: 'grant_type',
    mapping: Object.fromEntries(
      Object.entries(tokenRequestSchemas).map(([name, schema]) => [grantTypeOf(schema), ref(name).$ref]),
    ),
  },
};

const login = {
  grant_type: WECHAT_JSCODE,
  client_id: MINI_PROGRAM,
  auth_source_id: AUTH_SOURCE,
  js_code: JS_CODE,
};

const codeLogin = {
  grant_type: WECHAT_CODE,
  client_id: SPA,
  auth_source_id: WEBSITE_SOURCE,
  code: CODE,
};

const refresh = { grant_type: 'refresh_token', client_id: MINI_PROGRAM, refresh_token: REFRESH_TOKEN };

const examples = named({
  login,
  loginWithProfile: {
    ...login,
    getUserInfo: true,
    encryptedData: ENCRYPTED_DATA,
    iv: IV,
    getPhoneNumber: true,
    phone_code: PHONE_CODE,
  },
  codeLogin,
  codeLoginWithProfile: { ...codeLogin, getUserInfo: true },
  narrowedLogin: { ...login, scope: 'openid' },
  refresh,
  clientCredentials: {
    grant_type: 'client_credentials',
    client_id: RESOURCE_SERVER,
    client_secret: RESOURCE_SERVER_SECRET,
  },
  unauthorizedClient: { grant_type: 'client_credentials', client_id: MINI_PROGRAM },
  invalidScope: { ...login, scope: 'openid payments' },
  authSourceNotFound: { ...login, auth_source_id: 'UNKNOWN_AUTH_SOURCE' },
  codeRejected: { ...login, js_code: 'MOCK_JS_CODE' },
  invalidRefreshToken: { ...refresh, refresh_token: 'MOCK_REFRESH_TOKEN' },
});

/** Both content types take the same parameters; in a form a boolean is `true` or `false`. */
export const tokenRequestContent: Content = Object.fromEntries(
  ['application/json', 'application/x-www-form-urlencoded'].map((type) => [
    type,
    { schema: tokenRequestSchema, examples },
  ]),
);

function needs(flag: string, required: readonly string[]): Schema {
  const properties = Object.fromEntries(required.map((name) => [name, {}]));
  return {
    if: { properties: { [flag]: { const: true } }, required: [flag] },
    then: { properties, required, additionalProperties: true },
  };
}

function grantTypeOf(schema: Schema): string {
  return (schema.properties as { grant_type: { const: string } }).grant_type.const;
}
