import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { SigningKey } from '../src/tokens/signing-key.entity.js';
import {
  APP_ID,
  APP_SECRET,
  CLIENT_ID,
  JSCODE_GRANT,
  anApplication,
  anAuthSource,
  loginRequest,
} from '../src/testing/factories.js';
import { publishedKeys, verifiedWith } from './support/jwt.js';
import { PROCESSES, ServiceCluster } from './support/service-cluster.js';

/** As many at once, at each application. */
const SESSIONS = 3;
const ROTATIONS = 3;

const applications = { RS256: CLIENT_ID, ES256: 'es256' } as const;
type Algorithm = keyof typeof applications;
const ALGORITHMS = Object.keys(applications) as Algorithm[];

describe(`signing keys that are replaced while ${PROCESSES} processes are at work`, () => {
  let cluster: ServiceCluster;
  let urls: URL[];

  beforeAll(async () => {
    const settings = { grant_types: [JSCODE_GRANT, 'refresh_token'], refresh_token_ttl: 3600 };
    cluster = await ServiceCluster.start({
      apps: [{ appid: APP_ID, secret: APP_SECRET, minute_quota_per_user: 0 }],
      provisioned: {
        applications: ALGORITHMS.map((alg) =>
          anApplication({ ...settings, client_id: applications[alg], signing_alg: alg }),
        ),
        auth_sources: [anAuthSource({ applications: Object.values(applications) })],
      },
    });
    cluster.wechat.addUser({ id: 'band' });
    urls = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => cluster.url(index)));
  });

  afterAll(() => cluster.close());

  /** Every token that was issued. */
  const issued: string[] = [];
  /** What each process signed with the last time, by algorithm. */
  const signing = new Map<string, unknown>();

  async function tokens(instance: number, parameters: object): Promise<IssuedTokens> {
    const answer = await cluster.token(instance, parameters);
    const text = expect.any(String);
    const body = { access_token: text, refresh_token: text, scope: 'openid', id_token: text };
    const whole = { ...body, token_type: 'Bearer', expires_in: expect.any(Number) };
    expect(answer).toEqual({ status: 200, body: whole });
    return answer.body as unknown as IssuedTokens;
  }

  /** Each time it goes on at the next process, and verifies its tokens with the keys that the one after that has. */
  async function openSession(alg: Algorithm): Promise<() => Promise<void>> {
    const client_id = applications[alg];
    const login = { ...loginRequest(cluster.wechat.login(APP_ID, 'band')), client_id };
    let { refresh_token } = await tokens(0, login);
    let instance = 0;
    return async () => {
      const answer = await tokens(instance, { grant_type: 'refresh_token', client_id, refresh_token });
      const next = (instance + 1) % PROCESSES;
      const keys = await publishedKeys(urls[next]!);
      for (const token of [answer.access_token, answer.id_token]) {
        signing.set(`${instance} ${alg}`, verifiedWith(keys, token).header.kid);
        issued.push(token);
      }
      refresh_token = answer.refresh_token;
      instance = next;
    };
  }

  /** @returns what signs from now on, by algorithm */
  async function rotate(): Promise<Record<Algorithm, string>> {
    const result = await cluster.cli('keys', 'rotate');
    expect(result).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    // Not from what the command says: one of the processes may be asked first to do what the command asked for.
    const active = await cluster.inDatabase((manager) => manager.findBy(SigningKey, { state: 'active' }));
    return Object.fromEntries(active.map(({ alg, kid }) => [alg, kid])) as Record<Algorithm, string>;
  }

  /** As if they had been published for long enough. */
  async function letNextKeysSign(): Promise<void> {
    await cluster.inUnitOfWork((manager) =>
      manager.query(`UPDATE signing_keys SET usable_from = 0 WHERE state = 'next'`),
    );
  }

  /** Until every process has read them: it may have known the keys that sign now before they had successors. */
  async function nextKeysArePublished(): Promise<void> {
    const next = await cluster.inDatabase((manager) => manager.findBy(SigningKey, { state: 'next' }));
    for (const url of urls) {
      let published: string[];
      do published = (await publishedKeys(url)).map(({ kid }) => kid);
      while (!next.every(({ kid }) => published.includes(kid)));
    }
  }

  it('are what all of them come to sign with; whatever was signed at any time verifies everywhere', async () => {
    const sessions = await Promise.all(
      ALGORITHMS.flatMap((alg) => Array.from({ length: SESSIONS }, () => openSession(alg))),
    );
    const work = async (isDone: () => boolean) => {
      do await Promise.all(sessions.map((goesOn) => goesOn()));
      while (!isDone());
    };
    await work(() => signing.size === PROCESSES * ALGORITHMS.length);
    const first = await publishedKeys(urls[0]!);
    const signed = { RS256: [first[0]!.kid], ES256: [first[2]!.kid] };
    for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
      await letNextKeysSign();
      let kids: Record<Algorithm, string> | undefined;
      await Promise.all([rotate().then((rotated) => (kids = rotated)), work(() => kids !== undefined)]);
      const isSignedWith = (alg: Algorithm) =>
        urls.every((_, instance) => signing.get(`${instance} ${alg}`) === kids![alg]);
      await work(() => ALGORITHMS.every(isSignedWith));
      await nextKeysArePublished();
      for (const alg of ALGORITHMS) signed[alg].unshift(kids![alg]);
    }

    const used = new Set<unknown>();
    for (const url of urls) {
      const keys = await publishedKeys(url);
      const [rsa, ...oldRsa] = signed.RS256;
      const [ec, ...oldEc] = signed.ES256;
      const next = expect.any(String);
      expect(keys.map(({ kid }) => kid)).toEqual([rsa, next, ...oldRsa, ec, next, ...oldEc]);
      for (const token of issued) used.add(verifiedWith(keys, token).header.kid);
    }
    expect(used).toEqual(new Set(Object.values(signed).flat()));
  });
});
