import { type EntityTarget, type FindOptionsWhere } from 'typeorm';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { hashToken } from '../src/tokens/opaque-token.js';
import { Session } from '../src/tokens/session.entity.js';
import { SigningKey } from '../src/tokens/signing-key.entity.js';
import { ExternalIdentity } from '../src/users/external-identity.entity.js';
import { User } from '../src/users/user.entity.js';
import { decode } from './support/jwt.js';
import {
  APP_ID,
  APP_SECRET,
  AUTH_SOURCE_ID,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { PROCESSES, ServiceCluster } from './support/service-cluster.js';
import { tokenChains } from './support/token-chains.js';

const SECOND_APP_ID = 'wx0000000000000002';
const SECOND_SOURCE_ID = 'second-mini-program';
const LOGINS = 200;

describe(`first logins at ${PROCESSES} processes at once`, () => {
  let cluster: ServiceCluster;

  beforeAll(async () => {
    const app = { secret: APP_SECRET, minute_quota_per_user: 0, unionid: true };
    cluster = await ServiceCluster.start({
      apps: [
        { ...app, appid: APP_ID },
        { ...app, appid: SECOND_APP_ID },
      ],
      provisioned: {
        applications: [
          anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 }),
        ],
        auth_sources: [anAuthSource(), anAuthSource({ id: SECOND_SOURCE_ID, app_id: SECOND_APP_ID })],
      },
    });
  });

  afterAll(() => cluster.close());

  /** Sends each request to the next process, all at once. @returns the users that were signed in */
  async function signInAll(requests: object[]): Promise<string[]> {
    const answers = await Promise.all(requests.map((request, index) => cluster.token(index, request)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    return answers.map(({ body }) => String(decode(String(body.access_token)).payload.sub));
  }

  async function identities(user: string): Promise<string[]> {
    const rows = await cluster.inDatabase((manager) =>
      manager.find(ExternalIdentity, { where: { userId: user }, order: { type: 'ASC', issuer: 'ASC' } }),
    );
    return rows.map(({ type, issuer }) => `${type} ${issuer}`);
  }

  const count = <T extends object>(entity: EntityTarget<T>, where: FindOptionsWhere<T> = {}) =>
    cluster.inDatabase((manager) => manager.countBy(entity, where));

  it('of one person make one user', async () => {
    cluster.wechat.addUser({ id: 'band' });
    const requests = Array.from({ length: LOGINS }, () => loginRequest(cluster.wechat.login(APP_ID, 'band')));
    const users = await signInAll(requests);
    expect(new Set(users).size).toBe(1);
    expect(await count(User)).toBe(1);
    expect(await identities(users[0]!)).toEqual([`wechat_openid ${APP_ID}`, 'wechat_unionid default']);
    expect(await count(AuditEvent, { type: 'user_created' })).toBe(1);
    expect(await count(AuditEvent, { type: 'login_succeeded' })).toBe(LOGINS);
    expect(await count(Session)).toBe(LOGINS);
  });

  it('of one person in two mini programs make one user', async () => {
    cluster.wechat.addUser({ id: 'both' });
    const requests = Array.from({ length: LOGINS }, (_, index) => {
      const [appid, auth_source_id] =
        index % 2 ? [APP_ID, AUTH_SOURCE_ID] : [SECOND_APP_ID, SECOND_SOURCE_ID];
      return { ...loginRequest(cluster.wechat.login(appid, 'both')), auth_source_id };
    });
    const users = await signInAll(requests);
    expect(new Set(users).size).toBe(1);
    expect(await identities(users[0]!)).toEqual(
      [`wechat_openid ${APP_ID}`, `wechat_openid ${SECOND_APP_ID}`, 'wechat_unionid default'].sort(),
    );
    expect(await count(User)).toBe(2);
  });

  it('of many people make as many users', async () => {
    const people = Array.from({ length: 40 }, (_, index) => `person-${index}`);
    people.forEach((id) => cluster.wechat.addUser({ id }));
    const requests = Array.from({ length: LOGINS }, (_, index) =>
      loginRequest(cluster.wechat.login(APP_ID, people[index % people.length]!)),
    );
    expect(new Set(await signInAll(requests)).size).toBe(people.length);
    expect(await count(User)).toBe(2 + people.length);
  });

  it('one refresh token at every process at once has one successor', async () => {
    const { body } = await cluster.token(0, loginRequest(cluster.wechat.login(APP_ID, 'band')));
    const refresh = {
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: body.refresh_token,
    };
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => cluster.token(index, refresh)),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const successors = new Set(answers.map((answer) => String(answer.body.refresh_token)));
    expect(successors.size).toBe(1);
    const [successor] = [...successors];
    const chains = await cluster.inDatabase(tokenChains);
    const live = [hashToken(successor!)];
    expect(chains.filter((chain) => chain.live[0] === live[0])).toEqual([
      { revokedAt: null, live, strays: [] },
    ]);
    const next = await cluster.token(0, { ...refresh, refresh_token: successor });
    expect([next.status, next.body.refresh_token]).toEqual([200, expect.not.stringMatching(successor!)]);
  });

  it('the processes created one active and one next key of each algorithm', async () => {
    const keys = await cluster.inDatabase((manager) => manager.find(SigningKey, { order: { slot: 'ASC' } }));
    expect(keys.map(({ slot }) => slot)).toEqual([
      'ES256 active',
      'ES256 next',
      'RS256 active',
      'RS256 next',
    ]);
  });
});
