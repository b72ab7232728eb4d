import { APP_ID, APP_SECRET, anApplication, anAuthSource } from '../src/testing/factories.js';
import { strandedClients, violations } from './support/invariants.js';
import { forgetEverybody } from './support/forget-everybody.js';
import { Load, total } from './support/load.js';
import { PROCESSES, ServiceCluster } from './support/service-cluster.js';
import { withSessions } from './support/sessions.js';

const CLIENTS = 12;
const ROUNDS = 2;

describe(`under load, ${PROCESSES} processes`, () => {
  let cluster: ServiceCluster;

  beforeAll(async () => {
    cluster = await ServiceCluster.start({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: true }],
      provisioned: {
        // Longer than any process takes to start again.
        applications: [anApplication({ ...withSessions, refresh_reuse_interval: 3600 })],
        auth_sources: [anAuthSource()],
      },
    });
  });

  beforeEach(() => cluster.inUnitOfWork(forgetEverybody));
  afterAll(() => cluster.close());

  it.each([
    { signal: 'SIGTERM', end: (index: number) => cluster.retire(index) },
    { signal: 'SIGKILL', end: (index: number) => cluster.replace(index) },
  ])('of which one after the other gets $signal cost nobody anything', async ({ signal, end }) => {
    let sent = 0;
    // Every client goes from one process to the next.
    const token = (_: number, body: object) => cluster.token(sent++, body);
    const load = new Load({ wechat: cluster.wechat, token }, CLIENTS);
    const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
      name: `round ${round}`,
      requests: 50,
      begin: () => end(cluster.busiest().index),
    }));
    const seen = await load.run([{ name: 'calm', requests: 60 }, ...rounds]);
    await cluster.listening();
    await load.settle();
    // Without an answer is only who was talking to a process that was killed, or knocked when one had closed its door.
    const { 'login 200': logins, 'refresh 200': refreshes, ...others } = total(seen);
    const broken = ['login broken', 'refresh broken'];
    expect(Object.keys(others).filter((what) => !broken.includes(what))).toEqual([]);
    expect([logins, refreshes]).toEqual([expect.any(Number), expect.any(Number)]);
    if (signal === 'SIGKILL') expect(Object.keys(others).length).toBeGreaterThan(0);
    const retired = await cluster.retired();
    // Every answer that a process gave before it ended has arrived: what it had let in, it answered.
    expect(retired.map(({ code, given }) => [code, given])).toEqual(
      retired.map(({ arrived }) => [0, arrived]),
    );
    if (signal === 'SIGTERM') expect(retired.length).toBe(ROUNDS);
    expect(await strandedClients(load.clients)).toEqual([]);
    expect(await cluster.inDatabase((manager) => violations(manager, load.clients))).toEqual([]);
  });
});
