import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type DataSource, type EntityManager } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { Leases } from '../src/database/leases.js';
import { UnitOfWork } from '../src/database/unit-of-work.js';
import { startSimulator, type RunningSimulator } from '../src/simulator/start-simulator.js';
import { loadEntities } from './support/entities.js';
import {
  APP_ID,
  APP_SECRET,
  CLIENT_ID,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { forgetEverybody } from './support/forget-everybody.js';
import { GaleraCluster, galeraMisses } from './support/galera-cluster.js';
import { strandedClients, violations } from './support/invariants.js';
import { decode } from './support/jwt.js';
import { Load, total } from './support/load.js';
import { ISSUER } from '../src/testing/start-ciam.js';
import { ConnectionBroken, postToken, type TokenAnswer } from './support/service-cluster.js';
import { ServiceProcess } from './support/service-process.js';
import { withSessions } from './support/sessions.js';
import { isMysql } from './support/test-database.js';
import { until } from './support/until.js';

const NODES = [0, 1, 2];
const KILLED = 2;
const CLIENTS = 12;

const [firstServer] = (process.env.TEST_DATABASE_URLS ?? '')
  .split(/\s+/)
  .filter((url) => url.startsWith('mysql:'));
/** It has servers of its own: once is enough. */
const isItsTurn = isMysql && globalThis.TEST_DATABASE_URL === firstServer;
const missing = isItsTurn ? galeraMisses() : undefined;
if (missing !== undefined) process.stderr.write(`Nothing is tested on a Galera cluster: ${missing}\n`);

(isItsTurn && missing === undefined ? describe : describe.skip)(
  'instances on three nodes of a Galera cluster',
  () => {
    let cluster: GaleraCluster;
    let simulator: RunningSimulator;
    let folder: string;
    let instances: ServiceProcess[];

    beforeAll(async () => {
      cluster = await GaleraCluster.start();
      await cluster.query(0, 'CREATE DATABASE ciam');
      simulator = await startSimulator({
        apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0, unionid: true }],
      });
      folder = await mkdtemp(join(tmpdir(), 'nest-ciam-'));
      const provisioned = {
        applications: [anApplication({ ...withSessions, refresh_reuse_interval: 3600 })],
        auth_sources: [anAuthSource()],
      };
      await writeFile(join(folder, 'provision.yaml'), JSON.stringify(provisioned));
      const key = randomBytes(32).toString('base64');
      instances = [];
      // One after the other: a lock is of one node, so that only the first may find migrations to run.
      for (const node of NODES) {
        const instance = new ServiceProcess(folder, {
          PORT: '0',
          ISSUER,
          DATABASE_URL: cluster.url(node, 'ciam'),
          ENCRYPTION_KEY: key,
          PROVISION_FILE: 'provision.yaml',
          WECHAT_API_BASE_URL: simulator.url,
          WECHAT_TIMEOUT_MS: '60000',
          RATE_LIMIT_PER_MINUTE: '0',
        });
        instances.push(instance);
        await instance.url();
      }
    });

    afterAll(async () => {
      instances.forEach((instance) => instance.signal('SIGTERM'));
      await Promise.all(instances.map(({ end }) => end));
      await cluster.close();
      await simulator.close();
      await rm(folder, { recursive: true });
    });

    const at = async (instance: number, body: object) =>
      postToken(await instances[instance % NODES.length]!.url(), body);
    const refreshAt = (instance: number, refresh_token: unknown) =>
      at(instance, { grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token });
    const loginAt = (instance: number, user: string) => {
      simulator.wechat.addUser({ id: user });
      return at(instance, loginRequest(simulator.wechat.login(APP_ID, user)));
    };
    const subject = ({ body }: TokenAnswer) => String(decode(String(body.access_token)).payload.sub);

    async function onNode<T>(node: number, look: (manager: EntityManager) => Promise<T>): Promise<T> {
      const dataSource = await nodeSource(node);
      try {
        return await look(dataSource.manager);
      } finally {
        await dataSource.destroy();
      }
    }

    const nodeSource = async (node: number): Promise<DataSource> =>
      connect({
        ...dataSourceOptions({ url: cluster.url(node, 'ciam'), poolSize: 4 }),
        entities: await loadEntities(),
      });

    /** How many transactions of all nodes were in the way of another node's. */
    async function conflicts(nodes: readonly number[] = NODES): Promise<number> {
      const counts = await Promise.all(
        nodes.map((node) =>
          cluster.query<{ Value: string }>(
            node,
            `SHOW STATUS WHERE Variable_name IN ('wsrep_local_cert_failures', 'wsrep_local_bf_aborts')`,
          ),
        ),
      );
      return counts.flat().reduce((sum, { Value }) => sum + Number(Value), 0);
    }

    const figures = (text: string) => process.stderr.write(`Galera: ${text}\n`);

    it('make one user of each person, at whichever nodes the first logins arrive', async () => {
      const before = await conflicts();
      const people = Array.from({ length: 10 }, (_, index) => `racer-${index}`);
      const answers = await Promise.all(
        people.map((user) => Promise.all(NODES.map((node) => loginAt(node, user)))),
      );
      expect(answers.flat().filter(({ status }) => status !== 200)).toEqual([]);
      const users = answers.map((ofOne) => new Set(ofOne.map(subject)));
      expect(users.map(({ size }) => size)).toEqual(people.map(() => 1));
      expect(new Set(users.flatMap((set) => [...set])).size).toBe(people.length);
      figures(`${people.length} people at three nodes at once, ${(await conflicts()) - before} conflicts`);
    });

    it('give one refresh token one successor, at whichever nodes it is used', async () => {
      const before = await conflicts();
      const { body } = await loginAt(0, 'band');
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => refreshAt(index, body.refresh_token)),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1);
      figures(`30 refreshes with one token, ${(await conflicts()) - before} conflicts`);
    });

    it('know what another has acknowledged, also when their node has yet to write it', async () => {
      const { body } = await loginAt(0, 'traveller');
      const held = await createConnection(cluster.url(1));
      await held.query('FLUSH TABLES WITH READ LOCK');
      const { body: next } = await refreshAt(0, body.refresh_token);
      let over = false;
      const refresh = refreshAt(1, next.refresh_token).finally(() => (over = true));
      const waits = `SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'START TRANSACTION'`;
      await until(async () => over || (await cluster.query(1, waits)).length > 0);
      await held.query('UNLOCK TABLES');
      held.destroy();
      let answer = await refresh;
      // It may have waited for too long; what it must not do is know nothing of the token.
      while (answer.status === 503) answer = await refreshAt(1, next.refresh_token);
      expect([answer.status, answer.body.error_description]).toEqual([200, undefined]);
    });

    it('let one of them have a lease', async () => {
      const sources = await Promise.all(NODES.map(nodeSource));
      const leases = sources.map((source) => new Leases(new UnitOfWork(source)));
      for (let round = 0; round < 5; round++) {
        const taken = await Promise.all(
          [...leases, ...leases].map((each) => each.acquire(`round ${round}`, 60_000)),
        );
        expect(taken.filter(Boolean)).toEqual([true]);
      }
      await Promise.all(sources.map((source) => source.destroy()));
    });

    it('lose nothing that was acknowledged when a node is killed, and go on by themselves', async () => {
      await onNode(0, forgetEverybody);
      const before = await conflicts([0, 1]);
      const instanceOf = Array.from({ length: CLIENTS }, (_, client) => client);
      // As a load balancer does: who is not served is sent to the next.
      const token = async (client: number, body: object) => {
        const answer = await at(instanceOf[client]!, body).catch((error: unknown) => {
          if (!(error instanceof ConnectionBroken)) throw error;
          return undefined;
        });
        if (answer?.status !== 200) instanceOf[client]!++;
        if (!answer) throw new ConnectionBroken('No answer');
        return answer;
      };
      const load = new Load({ wechat: simulator.wechat, token }, CLIENTS);
      let rejoined: Promise<void> | undefined;
      const seen = await load.run([
        { name: 'three nodes', requests: 150 },
        { name: 'two nodes', requests: 200, begin: () => cluster.kill(KILLED) },
        {
          name: 'rejoining',
          requests: 200,
          begin: async () => {
            const { status, body } = await loginAt(KILLED, 'somebody');
            expect([status, body.error_description]).toEqual([503, 'Service unavailable']);
            // Meanwhile the others go on.
            rejoined = cluster.join(KILLED);
          },
        },
      ]);
      const refused = Object.keys(total(seen)).filter((what) => !what.endsWith(' 200'));
      const unavailable = ['login 503 Service unavailable', 'refresh 503 Service unavailable'];
      expect(refused.filter((what) => !unavailable.includes(what))).toEqual([]);
      expect(total(seen, 'two nodes')).toMatchObject({ 'refresh 200': expect.any(Number) });
      await rejoined;
      const health = new URL('/health/ready', await instances[KILLED]!.url());
      await until(async () => (await fetch(health)).status === 200);
      instanceOf.fill(KILLED);
      await load.settle();
      expect(await strandedClients(load.clients)).toEqual([]);
      for (const node of NODES) {
        expect([node, await onNode(node, (manager) => violations(manager, load.clients))]).toEqual([
          node,
          [],
        ]);
      }
      for (const [name, outcomes] of Object.entries(seen)) figures(`${name}: ${JSON.stringify(outcomes)}`);
      figures(`${(await conflicts([0, 1])) - before} conflicts, ${refused.length} kinds of refusal`);
    });
  },
);
