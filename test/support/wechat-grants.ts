import { type GrantUnderTest } from '../../src/nest-ciam-conformance.js';
import { APP_ID, APP_SECRET, CODE_GRANT, JSCODE_GRANT } from '../../src/testing/factories.js';

/** Makes WeChat accept calls of that path and not answer them. */
const hangingAt =
  (path: '/sns/jscode2session' | '/sns/oauth2/access_token'): GrantUnderTest['hang'] =>
  ({ simulator: { wechat } }) => {
    wechat.fault({ path, kind: 'hang', times: 'always' });
    return Promise.resolve(() => wechat.clearFaults());
  };

/** The mini program login, as the conformance checks are told of it. */
export const jscodeGrant: GrantUnderTest = {
  grantType: JSCODE_GRANT,
  authSource: { type: 'wechat_mini_program', app_id: APP_ID, app_secret: APP_SECRET },
  environment: { WECHAT_TIMEOUT_MS: '2000' },
  credential: (person, { simulator: { wechat } }) => {
    wechat.addUser({ id: person });
    const js_code = wechat.login(APP_ID, person);
    const { encryptedData, iv } = wechat.encryptedData(APP_ID, person);
    const phone_code = wechat.phoneCode(APP_ID, person);
    return Promise.resolve({
      js_code,
      getUserInfo: true,
      encryptedData,
      iv,
      getPhoneNumber: true,
      phone_code,
    });
  },
  hang: hangingAt('/sns/jscode2session'),
};

/** The login of websites, at the same WeChat. */
export const codeGrant: GrantUnderTest = {
  grantType: CODE_GRANT,
  authSource: { type: 'wechat_website', app_id: APP_ID, app_secret: APP_SECRET },
  environment: { WECHAT_TIMEOUT_MS: '2000' },
  credential: (person, { simulator: { wechat } }) => {
    wechat.addUser({ id: person });
    const code = wechat.authorize(APP_ID, person, { scope: 'snsapi_login' });
    return Promise.resolve({ code, getUserInfo: true });
  },
  hang: hangingAt('/sns/oauth2/access_token'),
};
