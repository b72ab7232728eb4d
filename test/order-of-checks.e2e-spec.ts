import { randomBytes } from 'node:crypto';
import { APP_ID, anApplication, anAuthSource, loginRequest } from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';

/** One thing wrong with a login, and what is said of it. */
interface Fault {
  readonly name: string;
  readonly change: Record<string, unknown>;
  readonly error: string;
  readonly description: string;
}

const blocks = randomBytes(32).toString('base64');
const fault = (name: string, change: Record<string, unknown>, error: string, description: string): Fault => ({
  name,
  change,
  error,
  description,
});
const missing = (name: string) =>
  fault(`no ${name}`, { [name]: null }, 'invalid_request', `Missing required parameter: ${name}`);
const invalid = (name: string, value: unknown, extra = {}) =>
  fault(`wrong ${name}`, { ...extra, [name]: value }, 'invalid_request', `Invalid parameter: ${name}`);
const userInfo = { getUserInfo: true, encryptedData: blocks, iv: randomBytes(16).toString('base64') };

/** Every fault that can be found before WeChat is asked, in the order in which faults are reported. */
const local: Fault[] = [
  missing('grant_type'),
  missing('client_id'),
  fault('unknown application', { client_id: 'unknown' }, 'invalid_client', 'Client authentication failed'),
  fault(
    'a secret of a public application',
    { client_secret: 'x' },
    'invalid_client',
    'Client authentication failed',
  ),
  fault(
    'unknown grant',
    { grant_type: 'unknown' },
    'unsupported_grant_type',
    'OAuth 2.0 Parameter: grant_type',
  ),
  fault(
    'an application without the grant',
    { client_id: 'without-grant' },
    'unauthorized_client',
    'Grant type not allowed for this application',
  ),
  missing('auth_source_id'),
  missing('js_code'),
  invalid('getUserInfo', 'true'),
  invalid('encryptedData', 'AAAA', { ...userInfo }),
  invalid('iv', 'AAAA', { ...userInfo }),
  invalid('getPhoneNumber', 1),
  fault(
    'no phone_code',
    { getPhoneNumber: true },
    'invalid_request',
    'Missing required parameter: phone_code',
  ),
  invalid('scope', 7),
  fault(
    'a scope too many',
    { scope: 'openid admin' },
    'invalid_scope',
    'Scope not allowed for this application',
  ),
  fault(
    'disabled auth source',
    { auth_source_id: 'disabled' },
    'invalid_auth_source',
    'Auth source not found or disabled',
  ),
  fault(
    'auth source of another type',
    { auth_source_id: 'website' },
    'invalid_auth_source',
    'Wrong auth source type',
  ),
  fault(
    'foreign auth source',
    { auth_source_id: 'foreign' },
    'invalid_auth_source',
    'Auth source and application not associated',
  ),
];

describe('when several things are wrong, the first is reported', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await service.register({
      applications: [anApplication(), anApplication({ client_id: 'without-grant', grant_types: [] })],
      authSources: [
        anAuthSource(),
        // Each has the later faults as well.
        anAuthSource({ id: 'disabled', enabled: false, type: 'wechat_website', applications: [] }),
        anAuthSource({ id: 'website', type: 'wechat_website', applications: [] }),
        anAuthSource({ id: 'foreign', applications: [] }),
      ],
    });
  });

  afterAll(() => service.close());

  const pairs = local.flatMap((earlier, index) =>
    local
      .slice(index + 1)
      // Two values for one parameter cannot both be sent.
      .filter((later) => !Object.keys(later.change).some((name) => name in earlier.change))
      .map((later): [string, string, Fault, Fault] => [earlier.name, later.name, earlier, later]),
  );

  it.each(pairs)('%s before %s', async (_one, _other, earlier, later) => {
    const jsCode = service.simulator.wechat.login(APP_ID, 'band');
    const response = await service.token({ ...loginRequest(jsCode), ...later.change, ...earlier.change });
    expect(await response.json()).toMatchObject({
      error: earlier.error,
      error_description: earlier.description,
    });
  });

  it.each(local.map((only): [string, Fault] => [only.name, only]))(
    '%s leaves the js_code unspent',
    async (_name, only) => {
      const { wechat } = service.simulator;
      const jsCode = wechat.login(APP_ID, 'band');
      wechat.clearCalls();
      const refused = await service.token({ ...loginRequest(jsCode), ...only.change });
      expect(await refused.json()).toMatchObject({ error: only.error, error_description: only.description });
      expect(wechat.calls()).toEqual([]);
      expect((await service.token(loginRequest(jsCode))).status).toBe(200);
    },
  );

  it('an abnormal user is refused before the encrypted data is looked at and the phone code is spent', async () => {
    const { wechat } = service.simulator;
    wechat.addUser({ id: 'locked' });
    expect((await service.login('locked')).status).toBe(200);
    await service.dataSource.query(
      `UPDATE users SET status = 'LOCK' WHERE id = (SELECT user_id FROM external_identities WHERE subject = '${wechat.openid(APP_ID, 'locked')}')`,
    );
    const phone_code = wechat.phoneCode(APP_ID, 'locked');
    wechat.clearCalls();
    const response = await service.login('locked', { ...userInfo, getPhoneNumber: true, phone_code });
    expect(await response.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'Abnormal user status',
    });
    expect(wechat.calls().map(({ path }) => path)).toEqual(['/sns/jscode2session']);
  });

  it('encrypted data that is no good is found before the billed phone code is spent', async () => {
    const { wechat } = service.simulator;
    const phone_code = wechat.phoneCode(APP_ID, 'band');
    wechat.clearCalls();
    const response = await service.login('band', { ...userInfo, getPhoneNumber: true, phone_code });
    expect(await response.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'Undecryptable parameter: encryptedData',
    });
    expect(wechat.calls().map(({ path }) => path)).toEqual(['/sns/jscode2session']);
  });
});
