import { type Json, type Load } from './measurement.js';

export const APP_ID = 'wx4f4bc4dec97d474b';
export const APP_SECRET = 'demo-wechat-app-secret';
export const client_id = 'BENCH_CLIENT';
const auth_source_id = 'BENCH_AUTH_SOURCE';
const JSCODE_GRANT = 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode';

/** An application with everything on. */
export const provisioning = `
applications:
  - client_id: ${client_id}
    type: mini_program
    grant_types: [${JSCODE_GRANT}, refresh_token]
    scopes: [openid, profile, phone]
    refresh_token_ttl: 86400
auth_sources:
  - id: ${auth_source_id}
    type: wechat_mini_program
    app_id: ${APP_ID}
    app_secret_env: WECHAT_APP_SECRET
    applications: [${client_id}]
    attribute_mapping:
      - { from: nickName, to: nickname }
      - { from: avatarUrl, to: picture }
      - { from: phoneNumber, to: phone_number }
`;

export interface Parties {
  readonly service: Load;
  readonly wechat: Load;
}

/** Makes the token requests of a round; what it asks of the service or of WeChat for that is not measured. */
type Scenario = (parties: Parties, users: readonly string[]) => Promise<Json[]>;

export const login = (code: Json, extra: Json = {}): Json => ({
  grant_type: JSCODE_GRANT,
  client_id,
  auth_source_id,
  js_code: code.js_code,
  ...extra,
});

const codes = ({ wechat }: Parties, requests: Json[]) => wechat.postAll('/simulator/codes', requests);

export const scenarios: Record<string, Scenario> = {
  'login of a known user': async (parties, users) => {
    const all = await codes(
      parties,
      users.map((user) => ({ appid: APP_ID, user })),
    );
    return all.map((code) => login(code));
  },

  'first login': async (parties, users) => {
    const all = await codes(
      parties,
      users.map(() => ({ appid: APP_ID })),
    );
    return all.map((code) => login(code));
  },

  'login with profile and phone number': async (parties, users) => {
    const all = await codes(
      parties,
      users.map((user) => ({ appid: APP_ID, user, profile: 'real' })),
    );
    const phoneCodes = await parties.wechat.postAll(
      '/simulator/phone-codes',
      users.map((user) => ({ appid: APP_ID, user })),
    );
    return all.map((code, index) => {
      const { encryptedData, iv } = code;
      const { phone_code } = phoneCodes[index]!;
      return login(code, { getUserInfo: true, encryptedData, iv, getPhoneNumber: true, phone_code });
    });
  },

  refresh: async (parties, users) => {
    const logins = await scenarios['login of a known user']!(parties, users);
    const tokens = await parties.service.postAll('/oauth2/token', logins);
    return tokens.map(({ refresh_token }) => ({ grant_type: 'refresh_token', client_id, refresh_token }));
  },
};
