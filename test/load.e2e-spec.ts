import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { User } from '../src/users/user.entity.js';
import {
  APP_ID,
  APP_SECRET,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { ServiceCluster } from './support/service-cluster.js';
import { tokenChains } from './support/token-chains.js';

const CONNECTIONS = 64;
const LOGINS = 2;
const REFRESHES = 3;

/** How long that takes is measured by `npm run bench:load`. */
describe(`${CONNECTIONS} clients at once`, () => {
  let cluster: ServiceCluster;

  beforeAll(async () => {
    cluster = await ServiceCluster.start({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
      provisioned: {
        applications: [
          anApplication({ grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 }),
        ],
        auth_sources: [anAuthSource()],
      },
    });
  });

  afterAll(() => cluster.close());

  it('are all answered, whatever they mix', async () => {
    const statuses = new Map<number, number>();

    async function token(index: number, body: object): Promise<unknown> {
      const answer = await cluster.token(index, body);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      return answer.body.refresh_token;
    }

    /** Everybody has two mini programs open. */
    async function client(index: number): Promise<void> {
      const user = `user-${index % (CONNECTIONS / 2)}`;
      cluster.wechat.addUser({ id: user });
      for (let login = 0; login < LOGINS; login++) {
        let refresh_token = await token(index, loginRequest(cluster.wechat.login(APP_ID, user)));
        for (let refresh = 0; refresh < REFRESHES; refresh++) {
          refresh_token = await token(index, {
            grant_type: 'refresh_token',
            client_id: CLIENT_ID,
            refresh_token,
          });
        }
      }
    }

    await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => client(index)));
    expect(Object.fromEntries(statuses)).toEqual({ 200: CONNECTIONS * LOGINS * (1 + REFRESHES) });
    const chains = await cluster.inDatabase(tokenChains);
    expect(chains.map(({ live, ...chain }) => ({ ...chain, live: live.length }))).toEqual(
      Array.from({ length: CONNECTIONS * LOGINS }, () => ({ revokedAt: null, strays: [], live: 1 })),
    );
    const events = await cluster.inDatabase((manager) => manager.find(AuditEvent));
    const count = (type: string) => events.filter((event) => event.type === type).length;
    const users = await cluster.inDatabase((manager) => manager.count(User));
    expect([users, count('user_created'), count('login_succeeded'), count('refresh_token_reuse')]).toEqual([
      CONNECTIONS / 2,
      CONNECTIONS / 2,
      CONNECTIONS * LOGINS,
      0,
    ]);
  });
});
