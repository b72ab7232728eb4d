import { jest } from '@jest/globals';
import { type ApplicationSettings } from '../src/applications/application-settings.js';
import { ClientSecretsBusy } from '../src/applications/client-secrets-busy.js';
import { ClientSecrets } from '../src/applications/client-secrets.service.js';
import { JSCODE_GRANT, anApplication, loginRequest } from '../src/testing/factories.js';
import { seen, startService, type RunningService } from './support/service.js';

const SECRET = 'p@ss:word/100% +ä';
const CLIENT = 'web:client';

const confidential: Partial<ApplicationSettings> = {
  type: 'web',
  grant_types: ['client_credentials'],
  scopes: ['openid', 'reports', 'billing'],
};

describe('client authentication', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    await service.register({
      applications: [
        anApplication({ ...confidential, client_id: CLIENT, client_secret: SECRET }),
        anApplication({ type: 'm2m', grant_types: ['client_credentials'], client_id: 'without-secret' }),
        anApplication({ client_id: 'public' }),
      ],
    });
  });

  afterAll(() => service.close());

  const basic = (credentials: string) => ({
    Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
  });
  const encoded = `${encodeURIComponent(CLIENT)}:${encodeURIComponent(SECRET)}`;
  const request = async (body: object, headers: Record<string, string> = {}) => {
    const response = await service.token({ grant_type: 'client_credentials', ...body }, headers);
    const challenge = response.headers.get('www-authenticate');
    return { status: response.status, body: await response.json(), ...(challenge ? { challenge } : {}) };
  };
  const granted = {
    status: 200,
    body: {
      access_token: expect.any(String),
      scope: 'reports billing',
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    },
  };
  const refused = {
    status: 401,
    body: { error: 'invalid_client', error_description: 'Client authentication failed' },
  };
  const challenged = { ...refused, challenge: 'Basic realm="nest-ciam"' };

  it('client_secret_post: id and secret in the body', async () => {
    expect(await request({ client_id: CLIENT, client_secret: SECRET })).toEqual(granted);
    expect(await request({ client_id: CLIENT, client_secret: `${SECRET}x` })).toEqual(refused);
    expect(await request({ client_id: CLIENT, client_secret: SECRET.toUpperCase() })).toEqual(refused);
  });

  it('client_secret_basic: both parts form-urlencoded in the header', async () => {
    expect(await request({}, basic(encoded))).toEqual(granted);
    expect(await request({ client_id: CLIENT }, basic(encoded))).toEqual(granted);
    expect(
      await request({}, { Authorization: basic(encoded).Authorization.replace('Basic', 'bAsIc') }),
    ).toEqual(granted);
    const withPlus = encoded.replaceAll('%20', '+');
    expect(await request({}, basic(withPlus))).toEqual(granted);
    expect(await request({}, basic(`${encoded}x`))).toEqual(challenged);
  });

  it.each([
    ['nothing', 'Basic'],
    ['an empty value', 'Basic '],
    ['no base64', 'Basic !!!!'],
    ['base64 without its padding', `Basic ${Buffer.from('ab').toString('base64url')}`],
    ['no colon', `Basic ${Buffer.from('client').toString('base64')}`],
    ['no client id', `Basic ${Buffer.from(':secret').toString('base64')}`],
    ['a broken escape', `Basic ${Buffer.from('%zz:secret').toString('base64')}`],
    ['an escape that is not UTF-8', `Basic ${Buffer.from('client:%FF').toString('base64')}`],
    ['bytes that are not UTF-8', `Basic ${Buffer.from('client:\xff', 'latin1').toString('base64')}`],
  ])('a Basic header with %s', async (_, Authorization) => {
    expect(await request({ client_id: CLIENT }, { Authorization })).toEqual(challenged);
  });

  it('a client_id in the body that is not that of the header', async () => {
    expect(await request({ client_id: 'public' }, basic(encoded))).toEqual(challenged);
  });

  it('two methods at once', async () => {
    expect(await request({ client_id: CLIENT, client_secret: SECRET }, basic(encoded))).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Multiple client authentication methods' },
    });
  });

  it('a confidential application without secret, or with none sent', async () => {
    expect(await request({ client_id: CLIENT })).toEqual(refused);
    expect(await request({ client_id: CLIENT, client_secret: '' })).toEqual(refused);
    expect(await request({}, basic(`${encodeURIComponent(CLIENT)}:`))).toEqual(challenged);
    expect(await request({ client_id: 'without-secret', client_secret: 'x' })).toEqual(refused);
  });

  it('a public application with a secret', async () => {
    expect(await request({ client_id: 'public', client_secret: 'x' })).toEqual(refused);
    expect(await request({}, basic('public:x'))).toEqual(challenged);
  });

  it('neither id nor header', async () => {
    expect(await request({})).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Missing required parameter: client_id' },
    });
  });

  it('ignores an Authorization header of another scheme', async () => {
    const stale = { Authorization: 'Bearer stale-access-token' };
    expect(await request({ client_id: CLIENT, client_secret: SECRET }, stale)).toEqual(granted);
  });

  it('client_credentials grants no scope that speaks of a user', async () => {
    const credentials = { client_id: CLIENT, client_secret: SECRET };
    expect((await request({ ...credentials, scope: 'billing' })).body).toMatchObject({ scope: 'billing' });
    expect(await request({ ...credentials, scope: 'openid' })).toEqual({
      status: 400,
      body: { error: 'invalid_scope', error_description: 'Scope not allowed for this application' },
    });
  });

  describe('a secret that was right a moment ago', () => {
    const client = { client_id: 'changing', client_secret: 'first' };
    const register = (overrides: Partial<ApplicationSettings> = {}) =>
      service.register({ applications: [anApplication({ ...confidential, ...client, ...overrides })] });

    beforeEach(async () => {
      await register();
      expect(await request(client)).toEqual(granted);
    });

    it('is refused as soon as another is registered, which is accepted', async () => {
      await register({ client_secret: 'second' });
      expect(await request(client)).toEqual(refused);
      expect(await request({ ...client, client_secret: 'second' })).toEqual(granted);
      await register();
      expect(await request(client)).toEqual(granted);
      expect(await request({ ...client, client_secret: 'second' })).toEqual(refused);
    });

    it('lets no wrong one pass', async () => {
      for (const client_secret of ['First', 'first ', 'second', 'second']) {
        expect(await request({ ...client, client_secret })).toEqual(refused);
      }
      expect(await request(client)).toEqual(granted);
    });

    it('is refused as soon as the application is disabled', async () => {
      await register({ enabled: false });
      expect(await request(client)).toEqual(refused);
    });

    it('is of no use to another application', async () => {
      expect(await request({ client_id: CLIENT, client_secret: client.client_secret })).toEqual(refused);
    });
  });

  describe('when too many secrets wait to be verified', () => {
    beforeEach(() => {
      jest
        .spyOn(service.app.get(ClientSecrets), 'verify')
        .mockRejectedValueOnce(new ClientSecretsBusy(CLIENT));
    });
    afterEach(() => jest.restoreAllMocks());

    const unavailable = {
      error: 'temporarily_unavailable',
      error_description: 'Service unavailable',
    };

    it('asks the application to come back in a second', async () => {
      const credentials = { client_id: CLIENT, client_secret: SECRET };
      const response = await service.token({ grant_type: 'client_credentials', ...credentials });
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await seen(response)).toEqual({ status: 503, body: unavailable });
      expect(await request(credentials)).toEqual(granted);
    });

    it('says so in the event of a failed login, and which application it was', async () => {
      const credentials = { client_id: CLIENT, client_secret: SECRET };
      expect((await service.token({ ...loginRequest('code'), ...credentials })).status).toBe(503);
      const events = await service.dataSource.query<{ client_id: string; detail: string }[]>(
        `SELECT client_id, detail FROM audit_events WHERE type = 'login_failed'`,
      );
      expect(events.map((event) => ({ ...event, detail: JSON.parse(event.detail) }))).toEqual([
        {
          client_id: CLIENT,
          detail: {
            grant_type: JSCODE_GRANT,
            ...unavailable,
            reason: 'ClientSecretsBusy: Too many client secrets wait to be verified',
          },
        },
      ]);
    });
  });

  it('keeps secrets only hashed', async () => {
    const rows = await service.dataSource.query<object[]>('SELECT client_secret_hash FROM applications');
    expect(JSON.stringify(rows)).not.toContain('p@ss');
  });
});
