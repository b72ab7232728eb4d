import { anApplication } from './support/factories.js';
import { startService, type RunningService } from './support/service.js';

const SECRET = 'p@ss:word/100% +ä';
const CLIENT = 'web:client';

describe('client authentication', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService();
    const confidential = {
      type: 'web',
      grant_types: ['client_credentials'],
      scopes: ['openid', 'reports', 'billing'],
    } as const;
    await service.register({
      applications: [
        anApplication({
          ...confidential,
          scopes: [...confidential.scopes],
          grant_types: ['client_credentials'],
          client_id: CLIENT,
          client_secret: SECRET,
        }),
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

  it('keeps secrets only hashed', async () => {
    const rows = await service.dataSource.query<object[]>('SELECT client_secret_hash FROM applications');
    expect(JSON.stringify(rows)).not.toContain('p@ss');
  });
});
