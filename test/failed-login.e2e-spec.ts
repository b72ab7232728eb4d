import { randomBytes } from 'node:crypto';
import {
  APP_ID,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';
import { databaseContent } from './support/database-content.js';

/** As the log and the audit have it, with WeChat's request id. */
const REJECTED = /^WechatCodeRejected: .*40029 at \/(sns|wxa)\/[a-z0-9/]+, rid [0-9a-f-]{26}$/;
const REFUSED = /^WechatMisconfigured: .*40125 .* at \/sns\/jscode2session, rid [0-9a-f-]{26}$/;

let service: RunningService;
let known: string;

beforeAll(async () => {
  service = await startService({ WECHAT_TIMEOUT_MS: '2000' });
  const { wechat } = service.simulator;
  wechat.addUser({ id: 'known' });
  wechat.addUser({ id: 'locked' });
  wechat.addUser({ id: 'stranger' });
  const mapping = [
    { from: 'nickName', to: 'nickname' },
    { from: 'phoneNumber', to: 'phone_number' },
  ] as const;
  await service.register({
    applications: [
      anApplication(),
      anApplication({ client_id: 'without-grant', grant_types: [] }),
      anApplication({ client_id: 'disabled', enabled: false }),
    ],
    authSources: [
      anAuthSource({ attribute_mapping: [...mapping] }),
      anAuthSource({ id: 'website', type: 'wechat_website' }),
      anAuthSource({ id: 'unlinked', applications: [] }),
      anAuthSource({ id: 'disabled', enabled: false }),
    ],
  });
  for (const user of ['known', 'locked']) expect((await service.login(user)).status).toBe(200);
  await service.dataSource.query(`UPDATE users SET status = 'LOCK' WHERE id = '${await userId('locked')}'`);
  known = await userId('known');
});

afterAll(() => service.close());

async function userId(user: string): Promise<string> {
  const openid = service.simulator.wechat.openid(APP_ID, user);
  const [row] = await service.dataSource.query<[{ user_id: string }]>(
    `SELECT user_id FROM external_identities WHERE subject = '${openid}'`,
  );
  return row.user_id;
}

type Login = (user: string) => Record<string, unknown>;

const profileAndPhone: Login = (user) => {
  const { wechat } = service.simulator;
  return {
    getUserInfo: true,
    ...wechat.encryptedData(APP_ID, user),
    getPhoneNumber: true,
    phone_code: wechat.phoneCode(APP_ID, user),
  };
};

type SimulatedFault = Parameters<RunningService['simulator']['wechat']['fault']>[0];

/** Each way to fail: what is sent, what WeChat does, and what the event says of it. */
const failures: [
  string,
  { user?: string; extra?: Login; fault?: SimulatedFault; detail: object; subject?: object },
][] = [
  [
    'an unknown application',
    {
      extra: () => ({ client_id: 'unknown' }),
      detail: {
        error: 'invalid_client',
        error_description: 'Client authentication failed',
        reason: 'unknown application',
      },
      subject: { client_id: null, auth_source_id: null, user_id: null },
    },
  ],
  [
    'a disabled application',
    {
      extra: () => ({ client_id: 'disabled' }),
      detail: {
        error: 'invalid_client',
        error_description: 'Client authentication failed',
        reason: 'disabled application',
      },
      subject: { client_id: 'disabled', auth_source_id: null, user_id: null },
    },
  ],
  [
    'an application without the grant',
    {
      extra: () => ({ client_id: 'without-grant' }),
      detail: {
        error: 'unauthorized_client',
        error_description: 'Grant type not allowed for this application',
      },
      subject: { client_id: 'without-grant', auth_source_id: null, user_id: null },
    },
  ],
  [
    'a missing parameter',
    {
      extra: () => ({ js_code: '' }),
      detail: { error: 'invalid_request', error_description: 'Missing required parameter: js_code' },
      subject: { client_id: CLIENT_ID, auth_source_id: null, user_id: null },
    },
  ],
  [
    'an unknown auth source',
    {
      extra: () => ({ auth_source_id: 'unknown' }),
      detail: {
        error: 'invalid_auth_source',
        error_description: 'Auth source not found or disabled',
        reason: 'unknown',
      },
      subject: { client_id: CLIENT_ID, auth_source_id: null, user_id: null },
    },
  ],
  [
    'a disabled auth source',
    {
      extra: () => ({ auth_source_id: 'disabled' }),
      detail: {
        error: 'invalid_auth_source',
        error_description: 'Auth source not found or disabled',
        reason: 'disabled',
      },
      subject: { client_id: CLIENT_ID, auth_source_id: 'disabled', user_id: null },
    },
  ],
  [
    'an auth source of another type',
    {
      extra: () => ({ auth_source_id: 'website' }),
      detail: {
        error: 'invalid_auth_source',
        error_description: 'Wrong auth source type',
        reason: 'its type is wechat_website',
      },
      subject: { client_id: CLIENT_ID, auth_source_id: 'website', user_id: null },
    },
  ],
  [
    'an auth source that is not linked',
    {
      extra: () => ({ auth_source_id: 'unlinked' }),
      detail: {
        error: 'invalid_auth_source',
        error_description: 'Auth source and application not associated',
      },
      subject: { client_id: CLIENT_ID, auth_source_id: 'unlinked', user_id: null },
    },
  ],
  [
    'a js_code that WeChat rejects',
    {
      extra: () => ({ js_code: 'unknown' }),
      detail: {
        error: 'invalid_grant',
        error_description: 'WeChat error: 40029',
        reason: expect.stringMatching(REJECTED),
      },
    },
  ],
  [
    'a WeChat that does not answer',
    {
      fault: { path: '/sns/jscode2session', kind: 'hang', spend: true },
      detail: {
        error: 'temporarily_unavailable',
        error_description: 'WeChat unavailable',
        reason: expect.stringMatching(/^WechatUnavailable: /),
      },
    },
  ],
  [
    'a configuration that WeChat refuses',
    {
      fault: { path: '/sns/jscode2session', kind: 'errcode', errcode: 40125 },
      detail: {
        error: 'server_error',
        error_description: 'WeChat error: 40125',
        reason: expect.stringMatching(REFUSED),
      },
    },
  ],
  [
    'a locked user',
    {
      user: 'locked',
      extra: profileAndPhone,
      detail: {
        error: 'invalid_grant',
        error_description: 'Abnormal user status',
        reason: "the user's status is LOCK",
      },
      subject: { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: 'locked' },
    },
  ],
  ...['stranger', 'known'].flatMap((user): typeof failures => [
    [
      `encrypted data of the ${user} person that cannot be decrypted`,
      {
        user,
        extra: (name) => ({ ...profileAndPhone(name), encryptedData: randomBytes(32).toString('base64') }),
        detail: {
          error: 'invalid_grant',
          error_description: 'Undecryptable parameter: encryptedData',
          reason: expect.stringMatching(/^WechatDataUndecryptable: /),
        },
        subject: { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: user },
      },
    ],
    [
      `a phone code of the ${user} person that WeChat rejects`,
      {
        user,
        extra: (name) => ({ ...profileAndPhone(name), phone_code: 'unknown' }),
        detail: {
          error: 'invalid_grant',
          error_description: 'WeChat error: 40029',
          reason: expect.stringMatching(REJECTED),
        },
        subject: { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: user },
      },
    ],
    [
      `a phone number of the ${user} person that never comes`,
      {
        user,
        extra: profileAndPhone,
        fault: { path: '/wxa/business/getuserphonenumber', kind: 'hang', spend: true },
        detail: {
          error: 'temporarily_unavailable',
          error_description: 'WeChat unavailable',
          reason: expect.stringMatching(/^WechatUnavailable: /),
        },
        subject: { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: user },
      },
    ],
  ]),
];

describe('a failed login', () => {
  it.each(failures)(
    '%s leaves the database as it was, but for an event that says why',
    async (_, failure) => {
      const { user = 'stranger', extra, fault, detail, subject } = failure;
      const { wechat } = service.simulator;
      wechat.clearFaults();
      const jsCode = wechat.login(APP_ID, user);
      const before = await databaseContent(service.dataSource);
      if (fault) wechat.fault(fault);
      const headers = { 'User-Agent': 'mini program' };
      const response = await service.token({ ...loginRequest(jsCode), ...extra?.(user) }, headers);
      expect(response.ok).toBe(false);
      const { audit_events: earlier, ...rest } = before;
      const { audit_events: events, ...restAfter } = await databaseContent(service.dataSource);
      expect(restAfter).toEqual(rest);
      const added = events!.filter(({ id }) => !earlier!.some((event) => event.id === id));
      const named = subject ?? { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: 'stranger' };
      const ids: Record<string, string | null> = { stranger: null, known, locked: await userId('locked') };
      expect(added.map((event) => ({ ...event, detail: JSON.parse(String(event.detail)) }))).toEqual([
        {
          id: expect.any(String),
          type: 'login_failed',
          created_at: expect.anything(),
          ...named,
          user_id: ids[String((named as { user_id: string | null }).user_id)] ?? null,
          address: '127.0.0.1',
          user_agent: 'mini program',
          detail: { grant_type: JSCODE_GRANT, ...detail },
        },
      ]);
    },
  );

  it('that is no login is not recorded as one', async () => {
    const before = await databaseContent(service.dataSource);
    for (const grant_type of ['unknown', 'refresh_token', 'client_credentials', undefined]) {
      expect((await service.token({ ...loginRequest('x'), grant_type })).ok).toBe(false);
    }
    expect(await databaseContent(service.dataSource)).toEqual(before);
  });
});
