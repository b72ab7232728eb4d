import { Not } from 'typeorm';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import {
  ACCESS_TOKEN,
  CLIENT_ACCESS_TOKEN,
  CODE,
  ENCRYPTED_DATA,
  EXAMPLE_ISSUER,
  IDEMPOTENCY_KEY,
  IV,
  JS_CODE,
  PHONE_CODE,
  REFRESH_TOKEN,
  RESOURCE_SERVER,
  RESOURCE_SERVER_SECRET,
  SPA,
  WEBSITE_SOURCE,
} from '../src/openapi/example-values.js';
import { type OpenApiObject } from '../src/openapi/openapi-object.js';
import { CACHED_ETAG } from '../src/openapi/response-headers.js';
import { User, type UserStatus } from '../src/users/user.entity.js';
import {
  APP_ID,
  CLIENT_ID,
  CODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { Story } from './support/openapi-story.js';
import { startService, type RunningService } from './support/service.js';
import { withSessions } from './support/sessions.js';

/** What only a service in trouble answers. */
const NOT_TOLD = [
  ...['token', 'revoke', 'introspect', 'readUserinfo', 'postUserinfo'].flatMap((operation) => [
    `${operation} tooManyRequests`,
    `${operation} internalError`,
    `${operation} serviceUnavailable`,
  ]),
  'readJwks noKeys',
  'readReadiness database',
  'readReadiness migrations',
  'readReadiness shuttingDown',
];

const BASIC = `Basic ${Buffer.from(`${RESOURCE_SERVER}:${RESOURCE_SERVER_SECRET}`).toString('base64')}`;
const PERSON = 'band';
const OTHER_APP_ID = 'wx0000000000000001';
const WEBSITE_APP_ID = 'wx0000000000000002';
let consent: { scope: string; snapshot?: boolean } = { scope: 'snsapi_login' };

let service: RunningService;
let story: Story;

const tell = (...[operation, example, deviation]: Parameters<Story['tell']>) =>
  story.tell(operation, example, deviation);

beforeAll(async () => {
  service = await startService({ ISSUER: EXAMPLE_ISSUER });
  const { wechat } = service.simulator;
  wechat.addApp({ appid: OTHER_APP_ID, secret: 'other' });
  // The same person has the same unionid there, and is the same user.
  wechat.addApp({ appid: APP_ID, unionid: true });
  wechat.addApp({ appid: WEBSITE_APP_ID, secret: 'website' });
  wechat.addUser({ id: PERSON });
  await registerAll();
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApiObject;
  story = new Story(service.url, document, {
    accessToken: () => `Bearer ${story.values.of(ACCESS_TOKEN)}`,
  });
  let iv = '';
  story.values.supply(JS_CODE, () => wechat.login(APP_ID, PERSON));
  story.values.supply(CODE, () => wechat.authorize(WEBSITE_APP_ID, PERSON, consent));
  story.values.supply(PHONE_CODE, () => wechat.phoneCode(APP_ID, PERSON));
  story.values.supply(ENCRYPTED_DATA, () => {
    const encrypted = wechat.encryptedData(APP_ID, PERSON);
    iv = encrypted.iv;
    return encrypted.encryptedData;
  });
  story.values.supply(IV, () => iv);
  story.values.supply(CACHED_ETAG, () => story.etag);
});

afterAll(() => service.close());

async function registerAll(): Promise<void> {
  await service.register({
    applications: [
      anApplication({ ...withSessions, refresh_token_ttl: 86_400, refresh_token_max_ttl: 2_592_000 }),
      anApplication({
        client_id: RESOURCE_SERVER,
        client_secret: RESOURCE_SERVER_SECRET,
        type: 'm2m',
        grant_types: ['client_credentials'],
        scopes: ['reports.read'],
      }),
      anApplication({
        client_id: SPA,
        type: 'spa',
        grant_types: [CODE_GRANT],
        scopes: ['openid', 'profile'],
      }),
    ],
    authSources: [
      anAuthSource({
        attribute_mapping: [
          { from: 'nickName', to: 'nickname' },
          { from: 'avatarUrl', to: 'picture' },
          { from: 'gender', to: 'gender' },
          { from: 'city', to: 'locality' },
          { from: 'phoneNumber', to: 'phone_number' },
          { from: 'countryCode', to: 'custom.calling_code' },
        ],
      }),
      anAuthSource({
        id: WEBSITE_SOURCE,
        type: 'wechat_website',
        app_id: WEBSITE_APP_ID,
        app_secret: 'website',
        applications: [CLIENT_ID, SPA],
        attribute_mapping: [{ from: 'nickName', to: 'nickname' }],
      }),
      anAuthSource({ id: 'NOT_LINKED', applications: [] }),
    ],
  });
}

async function setStatus(status: UserStatus): Promise<void> {
  await service.app
    .get(UnitOfWork)
    .run((manager) => manager.update(User, { status: Not(status) }, { status }));
}

// Each part goes on where the one before it has ended.
describe('the examples of the document are what the service answers', () => {
  it('tokens', async () => {
    await tell('token', 'login');
    await tell('token', 'loginWithProfile');
    await tell('token', 'codeLogin');
    await tell('token', 'codeLoginWithProfile');
    await tell('token', 'login');
    await tell('token', 'refresh');
    await tell('token', 'narrowedLogin');
    await tell('token', 'clientCredentials');
    await tell('token', 'clientCredentials', {
      members: { client_id: undefined, client_secret: undefined },
      headers: { Authorization: BASIC },
    });
  });

  it('requests for tokens that are wrong', async () => {
    const login = { like: 'login' };
    await tell('token', 'missingParameter', { ...login, members: { js_code: undefined } });
    await tell('token', 'invalidParameter', { ...login, members: { getUserInfo: 'yes' } });
    await tell('token', 'repeatedParameter', { ...login, members: { js_code: ['a', 'b'] } });
    await tell('token', 'multipleAuthenticationMethods', {
      like: 'clientCredentials',
      headers: { Authorization: BASIC },
    });
    await tell('token', 'malformedBody', { body: '{' });
    await tell('token', 'unsupportedContentType', { ...login, headers: { 'Content-Type': 'text/plain' } });
    await tell('token', 'bodyTooLarge', { body: ' '.repeat(65_537) });
    await tell('token', 'methodNotAllowed', { ...login, method: 'PUT' });
    await tell('token', 'unsupportedGrantType', { ...login, members: { grant_type: 'password' } });
    await tell('token', 'clientAuthenticationFailed', { ...login, members: { client_id: 'unknown' } });
    await tell('token', 'clientAuthenticationFailed', {
      like: 'clientCredentials',
      members: { client_secret: undefined },
      headers: { Authorization: `Basic ${btoa(`${RESOURCE_SERVER}:wrong`)}` },
    });
    await tell('token', 'unauthorizedClient');
    await tell('token', 'invalidScope');
  });

  it('logins that do not succeed', async () => {
    const { wechat } = service.simulator;
    await tell('token', 'authSourceNotFound');
    await tell('token', 'wrongAuthSourceType', {
      like: 'login',
      members: { auth_source_id: WEBSITE_SOURCE },
    });
    await tell('token', 'authSourceNotAssociated', {
      like: 'login',
      members: { auth_source_id: 'NOT_LINKED' },
    });
    await tell('token', 'codeRejected');
    const withProfile = { like: 'loginWithProfile' };
    await tell('token', 'undecryptableData', { ...withProfile, members: { iv: 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    const foreign = { patch: { watermark: { appid: OTHER_APP_ID } } };
    const { encryptedData, iv } = wechat.encryptedData(APP_ID, PERSON, 'real', foreign);
    await tell('token', 'mismatchedData', { ...withProfile, members: { encryptedData, iv } });
    wechat.fault({
      path: '/wxa/business/getuserphonenumber',
      kind: 'merge',
      patch: { phone_info: { watermark: { appid: OTHER_APP_ID } } },
      times: 'always',
    });
    await tell('token', 'mismatchedPhoneCode', withProfile);
    wechat.clearFaults();
    const withCode = { like: 'codeLoginWithProfile' };
    wechat.fault({ path: '/sns/userinfo', kind: 'merge', patch: { openid: 'oOther' }, times: 'always' });
    await tell('token', 'mismatchedCode', withCode);
    wechat.clearFaults();
    consent = { scope: 'snsapi_base' };
    await tell('token', 'userInfoNotAllowed', withCode);
    consent = { scope: 'snsapi_userinfo', snapshot: true };
    await tell('token', 'snapshotUser', withCode);
    const headers = { 'Idempotency-Key': IDEMPOTENCY_KEY };
    expect((await service.token(loginRequest('used'), headers)).status).toBe(400);
    await tell('token', 'reusedIdempotencyKey', { like: 'login', headers });
    await setStatus('LOCK');
    await tell('token', 'abnormalUserStatus', { like: 'login' });
    await setStatus('NORMAL');
  });

  it('what WeChat may say', async () => {
    const { wechat } = service.simulator;
    const fault = (errcode: number) =>
      wechat.fault({ path: '/sns/jscode2session', kind: 'errcode', errcode, times: 'always' });
    fault(-1);
    await tell('token', 'wechatBusy', { like: 'login' });
    wechat.clearFaults();
    fault(40125);
    await tell('token', 'wechatRefusesUs', { like: 'login' });
    wechat.clearFaults();
    wechat.fault({ path: '/sns/jscode2session', kind: 'html_body', times: 'always' });
    await tell('token', 'wechatUnavailable', { like: 'login' });
    wechat.clearFaults();
  });

  it('userinfo', async () => {
    await tell('token', 'loginWithProfile');
    await tell('readUserinfo', 'profile');
    await tell('postUserinfo', 'profile');
    const noToken = { headers: { Authorization: undefined } };
    const wrongToken = { headers: { Authorization: 'Bearer wrong' } };
    const another = { Authorization: `Bearer ${story.values.of(CLIENT_ACCESS_TOKEN)}` };
    for (const operation of ['readUserinfo', 'postUserinfo']) {
      await tell(operation, 'tokenNotFound', noToken);
      await tell(operation, 'invalidToken', wrongToken);
      await tell(operation, 'insufficientScope', { headers: another });
      await tell(operation, 'methodNotAllowed', { method: 'DELETE' });
    }
    await tell('postUserinfo', 'multipleTokens', { like: 'profile', headers: another });
    await tell('postUserinfo', 'malformedBody', {
      like: 'profile',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=latin1' },
    });
  });

  it('introspection and revocation', async () => {
    await tell('token', 'login');
    await tell('introspect', 'accessToken');
    await tell('introspect', 'refreshToken');
    await tell('introspect', 'inactive');
    await tell('introspect', 'publicClient');
    await tell('revoke', 'tokenOfAnotherClient');
    for (const [operation, like] of [
      ['introspect', 'accessToken'],
      ['revoke', 'tokenOfAnotherClient'],
    ] as const) {
      await tell(operation, 'missingPresentedToken', { like, members: { token: undefined } });
      await tell(operation, 'repeatedPresentedToken', { like, members: { token: ['a', 'b'] } });
      await tell(operation, 'multipleAuthenticationMethods', { like, headers: { Authorization: BASIC } });
      await tell(operation, 'malformedBody', { body: '%' });
      await tell(operation, 'unsupportedContentType', { like, headers: { 'Content-Type': 'text/plain' } });
      await tell(operation, 'bodyTooLarge', { body: 'a'.repeat(65_537) });
      await tell(operation, 'methodNotAllowed', { method: 'GET' });
      await tell(operation, 'clientAuthenticationFailed', { like, members: { client_secret: 'wrong' } });
    }
    await tell('revoke', '200', { like: 'accessToken' });
    await tell('introspect', 'inactive', { members: { token: ACCESS_TOKEN } });
    await tell('revoke', '200', { like: 'refreshToken' });
    await tell('introspect', 'inactive', { members: { token: REFRESH_TOKEN } });
    await tell('token', 'invalidRefreshToken');
    await tell('token', 'invalidRefreshToken', { like: 'refresh' });
  });

  it('sessions whose auth source or user is not there any more', async () => {
    await tell('token', 'login');
    await service.register({ authSources: [anAuthSource({ enabled: false })] });
    await tell('token', 'authSourceOfSessionDisabled', { like: 'refresh' });
    await registerAll();
    await service.app.get(UnitOfWork).run((manager) => manager.deleteAll(User));
    await tell('readUserinfo', 'userNotFound');
    await tell('postUserinfo', 'userNotFound', { like: 'profile' });
  });

  it('published metadata', async () => {
    await tell('readJwks', 'keys');
    await tell('readJwks', 'notModified');
    for (const operation of ['readOpenidConfiguration', 'readServerMetadata']) {
      await tell(operation, 'metadata');
      await tell(operation, 'notModified');
    }
  });

  it('health, metrics, and the documentation itself', async () => {
    await tell('readLiveness', 'ok');
    await tell('readReadiness', 'ok');
    await tell('readMetrics', '200');
    await tell('readOpenapiDocument', '200');
    // With If-None-Match, fetch adds `Cache-Control: no-cache`, and Express then answers in full.
    await tell('readOpenapiDocument', 'notModified', { headers: { 'Cache-Control': 'max-age=0' } });
    await tell('readDocs', '200');
    for (const like of ['file', 'swagger-ui.css', 'favicon-32x32.png']) {
      await tell('readDocsFile', '200', { like });
    }
    await tell('readDocsFile', 'notFound');
  });

  it('all of them', () => {
    expect(story.left(/^(?!\/admin\/)/)).toEqual(NOT_TOLD);
  });
});
