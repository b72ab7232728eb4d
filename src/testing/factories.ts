import { type ApplicationSettings } from '../applications/application-settings.js';
import { type AuthSourceSettings } from '../auth-sources/auth-source-settings.js';

export const JSCODE_GRANT = 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode';
export const CODE_GRANT = 'http://tencentciam.com/oauth2/grant-type/social/wechat/code';
export const CLIENT_ID = 'WECHAT_MINI_PROGRAM_CLIENT_ID';
export const AUTH_SOURCE_ID = 'WECHAT_MINI_PROGRAM_AUTH_SOURCE_ID';
export const APP_ID = 'wx4f4bc4dec97d474b';
export const APP_SECRET = 'app-secret-of-the-simulated-mini-program';

/**
 * A mini program that may sign users in; every field is named, so that registering it again resets it.
 *
 * @publicApi
 */
export function anApplication(overrides: Partial<ApplicationSettings> = {}): ApplicationSettings {
  return {
    client_id: CLIENT_ID,
    name: 'Sample mini program',
    type: 'mini_program',
    grant_types: [JSCODE_GRANT],
    enabled: true,
    scopes: ['openid'],
    access_token_ttl: 300,
    id_token_ttl: 1800,
    refresh_token_ttl: 0,
    refresh_token_max_ttl: 2_592_000,
    refresh_reuse_interval: 30,
    signing_alg: 'RS256',
    token_profile: 'ciam',
    id_token_claims: [],
    cors_origins: [],
    ...overrides,
  };
}

/**
 * A mini program auth source that is linked to that application.
 *
 * @publicApi
 */
export function anAuthSource(overrides: Partial<AuthSourceSettings> = {}): AuthSourceSettings {
  return {
    id: AUTH_SOURCE_ID,
    type: 'wechat_mini_program',
    name: 'Sample WeChat',
    app_id: APP_ID,
    enabled: true,
    app_secret: APP_SECRET,
    open_platform_account: 'default',
    applications: [CLIENT_ID],
    attribute_mapping: [],
    ...overrides,
  };
}

/**
 * The body of a login with nothing optional in it.
 *
 * @publicApi
 */
export function loginRequest(jsCode: string) {
  return { grant_type: JSCODE_GRANT, client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, js_code: jsCode };
}
