import {
  ENCRYPTED_DATA,
  EXAMPLE_ISSUER,
  IV,
  JS_CODE,
  OPENID,
  PHONE_CODE,
} from '../src/openapi/example-values.js';
import { type OpenApiObject } from '../src/openapi/openapi-object.js';
import { APP_ID } from '../src/testing/factories.js';
import { Story } from './support/openapi-story.js';
import { startService, type RunningService } from './support/service.js';

const ADMIN_TOKEN = 'the-admin-token-of-the-examples-of-the-document';
const ADMIN = /^\/admin\//;
const PERSON = 'band';

/** Where the user's request comes from, as its audit events have it. */
const REQUESTER = {
  'X-Forwarded-For': '203.0.113.7',
  'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) MicroMessenger/8.0.60',
};

let service: RunningService;
let story: Story;

const tell = (...[operation, example, deviation]: Parameters<Story['tell']>) =>
  story.tell(operation, example, deviation);

beforeAll(async () => {
  service = await startService({ ISSUER: EXAMPLE_ISSUER, ADMIN_TOKEN, TRUST_PROXY: 'true' });
  const { wechat } = service.simulator;
  wechat.addUser({ id: PERSON, openids: { [APP_ID]: OPENID } });
  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApiObject;
  story = new Story(service.url, document, { adminToken: () => `Bearer ${ADMIN_TOKEN}` });
  let iv = '';
  story.values.supply(JS_CODE, () => wechat.login(APP_ID, PERSON));
  story.values.supply(PHONE_CODE, () => wechat.phoneCode(APP_ID, PERSON));
  story.values.supply(ENCRYPTED_DATA, () => {
    const encrypted = wechat.encryptedData(APP_ID, PERSON);
    iv = encrypted.iv;
    return encrypted.encryptedData;
  });
  story.values.supply(IV, () => iv);
});

afterAll(() => service.close());

// Each part goes on where the one before it has ended.
describe('the examples of the admin API are what the service answers', () => {
  it('applications', async () => {
    await tell('createApplication', 'miniProgram');
    await tell('createApplication', 'withGeneratedSecret');
    await tell('createApplication', 'alreadyExists');
    await tell('createApplication', 'invalid', { members: { client_id: 'new app', access_token_ttl: 0 } });
    await tell('listApplications', 'firstPage');
    await tell('listApplications', 'lastPage');
    await tell('listApplications', 'invalid', { query: { limit: '201' } });
    await tell('readApplication', 'notFound');
    await tell('readApplication', 'miniProgram');
    await tell('changeApplication', 'changed', { once: true, headers: { 'If-Match': story.etag } });
    await tell('changeApplication', 'changed');
    await tell('changeApplication', 'invalid', { like: 'changed', members: { type: 'web' } });
    await tell('changeApplication', 'notFound', { members: { name: 'Shop' } });
    await tell('changeApplication', 'changedMeanwhile', { members: { name: 'Shop' } });
    await tell('rotateClientSecret', 'rotated');
    await tell('rotateClientSecret', 'publicApplication');
    await tell('rotateClientSecret', 'notFound');
  });

  it('auth sources', async () => {
    await tell('createAuthSource', 'authSource');
    await tell('createAuthSource', 'alreadyExists');
    await tell('createAuthSource', 'invalid', { members: { id: 'NEW', applications: ['shop'] } });
    await tell('listAuthSources', 'all');
    await tell('listAuthSources', 'invalid', { query: { limit: '201' } });
    await tell('readAuthSource', 'authSource');
    await tell('readAuthSource', 'notFound');
    await tell('changeAuthSource', 'notFound', { members: { name: 'WeChat' } });
    await tell('changeAuthSource', 'changedMeanwhile', { members: { name: 'WeChat' } });
    await tell('previewAttributeMapping', 'newUser');
    await tell('previewAttributeMapping', 'notFound', { members: {} });
  });

  it('users and their sessions', async () => {
    await tell('token', 'loginWithProfile', { once: true, headers: REQUESTER });
    for (const by of ['byPhoneNumber', 'byOpenid', 'byUnionid', 'byStatus']) await tell('listUsers', by);
    await tell('listUsers', 'invalid', { query: { status: 'ASLEEP' } });
    await tell('readUser', 'user');
    await tell('readUser', 'notFound');
    await tell('previewAttributeMapping', 'knownUser');
    await tell('previewAttributeMapping', 'invalid', { like: 'newUser', members: { user_id: 'nobody' } });
    await tell('listSessions', 'all');
    await tell('listSessions', 'invalid', { query: { limit: '201' } });
    await tell('listSessions', 'notFound');
    await tell('readSession', 'session');
    await tell('readSession', 'notFound');
    await tell('readSession', 'notFound', { like: 'unknownSession' });
  });

  it('audit events', async () => {
    await tell('listAuditEvents', 'byType');
    await tell('listAuditEvents', 'byUser');
    await tell('listAuditEvents', 'nextPage');
    await tell('listAuditEvents', 'byTime');
    await tell('listAuditEvents', 'invalid', { query: { from: 'yesterday' } });
  });

  it('signing keys', async () => {
    await tell('listSigningKeys', 'all');
    await tell('listSigningKeys', 'invalid', { query: { limit: '201' } });
    await tell('rotateSigningKeys', 'rotated');
    await tell('rotateSigningKeys', 'awaited');
  });

  it('requests that are wrong, whatever they are for', async () => {
    for (const operation of story.operationsWith('missingToken', ADMIN)) {
      await tell(operation, 'missingToken', { headers: { Authorization: undefined } });
      await tell(operation, 'wrongToken', { headers: { Authorization: 'Bearer wrong' } });
      await tell(operation, 'unknownParameter', { query: { colour: 'blue' } });
    }
    for (const operation of story.operationsWith('unsupportedContentType', ADMIN)) {
      await tell(operation, 'malformedBody', { body: '{' });
      await tell(operation, 'bodyTooLarge', { body: ' '.repeat(65_537) });
      await tell(operation, 'unsupportedContentType', {
        body: '{}',
        headers: { 'Content-Type': 'text/plain' },
      });
    }
  });

  it('the end of a user', async () => {
    await tell('changeUser', 'changed');
    await tell('changeUser', 'locked');
    await tell('changeUser', 'invalid', { members: { status: 'ASLEEP', phone_number: '13800138000' } });
    await tell('changeUser', 'notFound', { members: {} });
    await tell('changeUser', 'changedMeanwhile', { members: {} });
    await tell('endSession', '204');
    await tell('endSession', 'notFound');
    await tell('endSessions', '204');
    await tell('endSessions', 'notFound');
    await tell('deleteUser', 'changedMeanwhile');
    await tell('deleteUser', '204');
    await tell('readUser', 'notFound', { like: 'user' });
  });

  it('the end of the auth source and the application', async () => {
    await tell('deleteAuthSource', 'changedMeanwhile');
    await tell('deleteAuthSource', 'stillEnabled');
    await tell('changeAuthSource', 'changed');
    await tell('changeAuthSource', 'invalid', {
      members: { attribute_mapping: [{ from: 'nickName', to: 'nickname', update: 'sometimes' }] },
    });
    await tell('changeAuthSource', 'disabled');
    await tell('deleteAuthSource', '204');
    await tell('deleteApplication', 'changedMeanwhile');
    await tell('deleteApplication', 'stillEnabled');
    await tell('changeApplication', 'disabled');
    await tell('deleteApplication', '204');
  });

  it('all of them, but for what only a service in trouble answers', () => {
    const left = story.left(ADMIN);
    expect(left.filter((title) => !/ (internalError|serviceUnavailable)$/.test(title))).toEqual([]);
    expect(left).toHaveLength(2 * story.operationsWith('missingToken', ADMIN).length);
  });
});
