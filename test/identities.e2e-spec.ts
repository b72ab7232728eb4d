import { decode } from './support/jwt.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { startService, type RunningService } from './support/service.js';

const SECOND_APP_ID = 'wx0000000000000002';
const SECOND_SOURCE_ID = 'second-mini-program';
const OPENID = 'oGZUI0egBJY1zhBYw2KhdUfwVJJE';
const UNIONID = 'ocMvos6NjeKLIBqg5Mr9QjxrP1FA';

let service: RunningService;

beforeEach(async () => {
  service = await startService();
  service.simulator.wechat.addApp({ appid: SECOND_APP_ID, secret: APP_SECRET, unionid: false });
  await service.register({
    applications: [anApplication()],
    authSources: [anAuthSource(), anAuthSource({ id: SECOND_SOURCE_ID, app_id: SECOND_APP_ID })],
  });
});

afterEach(() => service.close());

/** Signs a WeChat user in. @returns the user's id */
async function subjectOf(user: string, source = AUTH_SOURCE_ID): Promise<string> {
  const appid = source === AUTH_SOURCE_ID ? APP_ID : SECOND_APP_ID;
  const jsCode = service.simulator.wechat.login(appid, user);
  const response = await service.token({ ...loginRequest(jsCode), auth_source_id: source });
  expect(response.status).toBe(200);
  return String(decode(((await response.json()) as { access_token: string }).access_token).payload.sub);
}

/** From now on both mini programs are bound to an open platform account. */
function bind(account = 'default'): void {
  service.simulator.wechat.addApp({ appid: APP_ID, unionid: true });
  service.simulator.wechat.addApp({ appid: SECOND_APP_ID, unionid: true, open_platform_account: account });
}

async function identities(): Promise<[string, string, string, string][]> {
  const rows = await service.dataSource.query<Record<string, string>[]>(
    'SELECT type, issuer, subject, user_id FROM external_identities ORDER BY type, issuer, subject',
  );
  return rows.map((row) => [row.type!, row.issuer!, row.subject!, row.user_id!]);
}

async function events(type: string): Promise<object[]> {
  const rows = await service.dataSource.query<{ detail: string }[]>(
    `SELECT client_id, auth_source_id, user_id, detail FROM audit_events WHERE type = '${type}' ORDER BY id`,
  );
  return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
}

describe('who the user is', () => {
  it('a person without unionid is known by the openid of the mini program', async () => {
    service.simulator.wechat.addUser({ id: 'band', openids: { [APP_ID]: OPENID } });
    const subject = await subjectOf('band');
    expect(await subjectOf('band')).toBe(subject);
    expect(await identities()).toEqual([['wechat_openid', APP_ID, OPENID, subject]]);
    expect(await events('user_created')).toEqual([
      { client_id: CLIENT_ID, auth_source_id: AUTH_SOURCE_ID, user_id: subject, detail: { attributes: [] } },
    ]);
  });

  it('a new person with unionid gets both identities at once', async () => {
    bind();
    service.simulator.wechat.addUser({
      id: 'band',
      openids: { [APP_ID]: OPENID },
      unionids: { default: UNIONID },
    });
    const subject = await subjectOf('band');
    expect(await identities()).toEqual([
      ['wechat_openid', APP_ID, OPENID, subject],
      ['wechat_unionid', 'default', UNIONID, subject],
    ]);
    expect(await events('identity_linked')).toEqual([]);
  });

  it('a unionid that appears later is added to the user of the openid', async () => {
    service.simulator.wechat.addUser({
      id: 'band',
      openids: { [APP_ID]: OPENID },
      unionids: { default: UNIONID },
    });
    const subject = await subjectOf('band');
    bind();
    expect(await subjectOf('band')).toBe(subject);
    expect(await identities()).toEqual([
      ['wechat_openid', APP_ID, OPENID, subject],
      ['wechat_unionid', 'default', UNIONID, subject],
    ]);
    expect(await events('identity_linked')).toEqual([
      {
        client_id: CLIENT_ID,
        auth_source_id: AUTH_SOURCE_ID,
        user_id: subject,
        detail: { identities: ['wechat_unionid'] },
      },
    ]);
  });

  it('one unionid in two mini programs is one user', async () => {
    bind();
    service.simulator.wechat.addUser({ id: 'band' });
    const subject = await subjectOf('band');
    expect(await subjectOf('band', SECOND_SOURCE_ID)).toBe(subject);
    expect((await identities()).map(([type, issuer]) => [type, issuer])).toEqual(
      [
        ['wechat_openid', SECOND_APP_ID],
        ['wechat_openid', APP_ID],
        ['wechat_unionid', 'default'],
      ].sort(),
    );
    expect((await events('identity_linked')).map((event) => event)).toEqual([
      {
        client_id: CLIENT_ID,
        auth_source_id: SECOND_SOURCE_ID,
        user_id: subject,
        detail: { identities: ['wechat_openid'] },
      },
    ]);
  });

  it('the same unionid under two open platform accounts is two users', async () => {
    bind('other');
    await service.register({
      authSources: [
        anAuthSource({ id: SECOND_SOURCE_ID, app_id: SECOND_APP_ID, open_platform_account: 'other' }),
      ],
    });
    service.simulator.wechat.addUser({ id: 'band', unionids: { default: UNIONID, other: UNIONID } });
    expect(await subjectOf('band')).not.toBe(await subjectOf('band', SECOND_SOURCE_ID));
  });

  it('the same openid in two mini programs is two users', async () => {
    service.simulator.wechat.addUser({ id: 'band', openids: { [APP_ID]: OPENID, [SECOND_APP_ID]: OPENID } });
    expect(await subjectOf('band')).not.toBe(await subjectOf('band', SECOND_SOURCE_ID));
  });

  it('openids that differ only in case are two users', async () => {
    service.simulator.wechat.addUser({ id: 'upper', openids: { [APP_ID]: OPENID } });
    service.simulator.wechat.addUser({ id: 'lower', openids: { [APP_ID]: OPENID.toLowerCase() } });
    const upper = await subjectOf('upper');
    const lower = await subjectOf('lower');
    expect(lower).not.toBe(upper);
    expect([await subjectOf('upper'), await subjectOf('lower')]).toEqual([upper, lower]);
  });

  it('unionids that differ only in case are two users', async () => {
    bind();
    service.simulator.wechat.addUser({ id: 'upper', unionids: { default: UNIONID } });
    service.simulator.wechat.addUser({ id: 'lower', unionids: { default: UNIONID.toLowerCase() } });
    expect(await subjectOf('upper')).not.toBe(await subjectOf('lower'));
  });

  it('when unionid and openid belong to two users, the unionid decides, nothing is moved and both are named', async () => {
    const { wechat } = service.simulator;
    wechat.addUser({ id: 'band', unionids: { default: UNIONID } });
    const byOpenid = await subjectOf('band');
    bind();
    // Known in the second mini program by unionid, while in the first one the openid alone is known.
    const byUnionid = await subjectOf('band', SECOND_SOURCE_ID);
    expect(byUnionid).not.toBe(byOpenid);
    const before = await identities();
    expect(await subjectOf('band')).toBe(byUnionid);
    expect(await identities()).toEqual(before);
    expect(await events('identity_conflict')).toEqual([
      {
        client_id: CLIENT_ID,
        auth_source_id: AUTH_SOURCE_ID,
        user_id: byUnionid,
        detail: { conflicting_user_id: byOpenid },
      },
    ]);
  });

  it('decrypted data never says who it is', async () => {
    const { wechat } = service.simulator;
    wechat.addUser({ id: 'band', openids: { [APP_ID]: OPENID } });
    wechat.addUser({ id: 'victim' });
    const victim = await subjectOf('victim');
    const jsCode = wechat.login(APP_ID, 'band');
    const forged = wechat.encryptedData(APP_ID, 'band', 'user_info', {
      patch: { openId: wechat.openid(APP_ID, 'victim') },
    });
    const response = await service.token({ ...loginRequest(jsCode), getUserInfo: true, ...forged });
    expect(response.status).toBe(400);
    expect((await identities()).map(([, , , user]) => user)).toEqual([victim]);
  });
});
