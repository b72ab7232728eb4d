/**
 * The values that the examples share. Those that a service generates are of the right form; what refers to the same
 * thing is the same in every example.
 */

export const MINI_PROGRAM = 'WECHAT_MINI_PROGRAM_CLIENT_ID';
export const AUTH_SOURCE = 'WECHAT_MINI_PROGRAM_AUTH_SOURCE_ID';
/** A browser application, and the WeChat website that its users sign in with. */
export const SPA = 'WECHAT_WEB_CLIENT_ID';
export const WEBSITE_SOURCE = 'WECHAT_WEBSITE_AUTH_SOURCE_ID';
export const APP_ID = 'wx4f4bc4dec97d474b';

/** A confidential application, and its secret. */
export const RESOURCE_SERVER = 'reports-api';
export const RESOURCE_SERVER_SECRET = 'gX1fBat3bV-of-the-reports-api';

export const USER_ID = '019c2f4e-7a40-7c3e-9d52-6a1f0c8b7e21';
export const SESSION_ID = '019c2f4e-7a58-7d11-8a3f-2f6d1be04c95';
export const UNKNOWN_USER_ID = '00000000-0000-7000-8000-000000000000';
export const UNKNOWN_SESSION_ID = '00000000-0000-7000-8000-000000000001';
export const OPENID = 'oabcd5Vj7Qm2PZ0cXb3nT9kR1sWE';
export const KEY_ID = '765d29fb-9815-4fdd-be95-472a963fd9bf';
export const NEXT_KEY_ID = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed';

export const JS_CODE = '0a3Xbq000wkRXS1KL0300Ubhqk0Xbq0f';
export const CODE = '061x7aFa1Wc3nL0d9kGa1RzQ3m2x7aFk';
export const PHONE_CODE = '7a5f2e0c9b814d63a1fe0c2d4b6e8f907a5f2e0c9b814d63a1fe0c2d4b6e8f90';
export const ENCRYPTED_DATA =
  'CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJg==';
export const IDEMPOTENCY_KEY = 'b7c4c1e2-0f6d-4c59-9d43-1f5a9f0c7a11';
export const IV = 'r7BXXKkLb8qrSNn05n0qiA==';

/** 128 base64url characters. */
export const REFRESH_TOKEN =
  'Yp3yq0mH1dJx7cWb5vQzK2nT8rLfS4gA9eUoXiR6tBjNwMhVsDkCaPlGuEyZO-F1_kQ7xJ2mY4bT9vW3cR8nH5sLgZ0pK6dFqUiXeAoNtBrMwVhSjDyCaPlGuEfIO-Tx';
/** Its successor. */
export const NEXT_REFRESH_TOKEN =
  'v8Kd2Qp5sXwY7bNcT1mJh4Rz9gLfA6eUoVi3tBjMnWqHxSyDkCrPaGuElZ0OF-I_7yTq3wXn6cVb9mKs2dJf5gHp8rLzQ1eWaUoNtBiMxYvShRjDkCGlPuEZfyOA-IT4';

const SIGNATURE =
  'wMRbMeeGxtrXunHY9Qi8X7anz_STKseO0dApY9bC5gh0_76QmNHKFTibU0XZeMg1yEq0ewApBN4tITVJ1SzYeNgxNfWGGiAxFxKzHBS06Tk';

const jwt = (claims: object) =>
  [{ kid: KEY_ID, typ: 'JWT', alg: 'RS256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.', SIGNATURE);

/** What the examples have as `iss`. */
export const EXAMPLE_ISSUER = 'https://login.example.com';
/** 2026-02-05T08:00:00Z, in seconds. */
export const ISSUED_AT = 1_770_278_400;
export const ACCESS_TOKEN_JTI = '5c46bc92-2c84-4191-9ff0-d67cbb019702';

const accessToken = (subject: string, client: string, scope: string[], jti: string) =>
  jwt({
    sub: subject,
    aud: client,
    nbf: ISSUED_AT,
    scope,
    iss: EXAMPLE_ISSUER,
    exp: ISSUED_AT + 300,
    iat: ISSUED_AT,
    jti,
  });

export const ACCESS_TOKEN = accessToken(
  USER_ID,
  MINI_PROGRAM,
  ['openid', 'profile', 'phone'],
  ACCESS_TOKEN_JTI,
);

export const NARROWED_ACCESS_TOKEN = accessToken(
  USER_ID,
  MINI_PROGRAM,
  ['openid'],
  '3e1b0d52-8c7f-4f5a-9a64-b7d2c1e0f983',
);

export const SPA_ACCESS_TOKEN = accessToken(
  USER_ID,
  SPA,
  ['openid', 'profile'],
  '91c8f2b7-6d0a-4e35-8b1f-c4a7d2e95f60',
);

const idToken = (client: string, jti: string) =>
  jwt({
    sub: USER_ID,
    aud: client,
    azp: client,
    iss: EXAMPLE_ISSUER,
    exp: ISSUED_AT + 1800,
    iat: ISSUED_AT,
    jti,
  });

export const ID_TOKEN = idToken(MINI_PROGRAM, '068cadee-03a3-45fd-9eba-5826bfe5d9c8');
export const SPA_ID_TOKEN = idToken(SPA, 'b3d07c1e-5f48-4a92-9c6d-70e1a8f25b34');

/** Without user: it names its client twice. */
export const CLIENT_ACCESS_TOKEN = accessToken(
  RESOURCE_SERVER,
  RESOURCE_SERVER,
  ['reports.read'],
  'a4f7c0de-51b2-4c1e-8f0d-3d2b9e6a7c55',
);
