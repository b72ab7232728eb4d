import { randomBytes } from 'node:crypto';
import { resetClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode, verifiedWith, type PublishedKey } from './support/jwt.js';
import { SeededRandom } from './support/seeded-random.js';
import { startService, type RunningService } from './support/service.js';
import { signingKeysOf, type SigningKeys } from './support/signing-keys.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { Timeline } from './support/timeline.js';

/** Seconds since 1970. */
const START = +new Date('2030-01-01T00:00:00Z') / 1000;
const HOUR = 3600;
const DAY_MS = 86_400_000;
const RESOURCE_SERVERS = 8;
/** After so many seconds an instance may read what another has written; a minute is allowed, wrong clocks included. */
const LATEST_RELOAD = 55;

/** Verifies tokens with a JWKS that it keeps exactly as long as it may. */
class ResourceServer {
  private keys: readonly PublishedKey[] = [];
  private fetchedAt = 0;
  private keepsUntil = 0;

  constructor(private readonly anyInstance: () => RunningService) {}

  /** @returns when its JWKS was fetched, in milliseconds since 1970 */
  async verify(token: string): Promise<number> {
    if (Date.now() > this.keepsUntil) await this.fetch();
    verifiedWith(this.keys, token);
    return this.fetchedAt;
  }

  private async fetch(): Promise<void> {
    const response = await fetch(`${this.anyInstance().url}/oauth2/jwks`);
    const [, maxAge] = /\bmax-age=(\d+)/.exec(response.headers.get('cache-control')!)!;
    this.keys = ((await response.json()) as { keys: PublishedKey[] }).keys;
    this.fetchedAt = Date.now();
    this.keepsUntil = this.fetchedAt + Number(maxAge) * 1000;
  }
}

describe('whoever keeps the JWKS for its max-age', () => {
  const random = new SeededRandom(5);
  let database: TestDatabase;
  let timeline: Timeline;
  let instances: RunningService[];
  let servers: ResourceServer[];

  beforeAll(async () => {
    timeline = new Timeline(START);
    database = await createTestDatabase({ shared: true });
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      SIGNING_KEY_ROTATION_DAYS: '1',
    };
    instances = [await startService(environment), await startService(environment)];
    await instances[0]!.register({
      applications: [anApplication(), anApplication({ client_id: 'es256', signing_alg: 'ES256' })],
      authSources: [anAuthSource({ applications: [CLIENT_ID, 'es256'] })],
    });
    for (const { simulator } of instances) simulator.wechat.addUser({ id: 'band' });
    const anyInstance = () => random.oneOf(instances);
    servers = Array.from({ length: RESOURCE_SERVERS }, () => new ResourceServer(anyInstance));
  });

  afterAll(async () => {
    for (const instance of instances) await instance.close();
    resetClock();
    await database.drop();
  });

  it('has the key of every token as long as it lives, however often keys are rotated', async () => {
    // One replaces keys as soon as it can; the other goes on with the old ones for as long as it may.
    const [prompt, late] = instances.map(signingKeysOf) as [SigningKeys, SigningKeys];
    timeline.repeat(() => random.integer(1, 15), prompt.run);
    timeline.repeat(() => random.integer(50, LATEST_RELOAD), late.reload);
    timeline.repeat(() => random.integer(60, 600), prompt.rotate);
    timeline.repeat(
      () => random.integer(60, 900),
      // A day would be spent on nothing: instead the keys become older.
      () => instances[0]!.dataSource.query(`UPDATE signing_keys SET activated_at = activated_at - ${DAY_MS}`),
    );

    const firstSigned = new Map<unknown, number>();
    let verifiedByOlderJwks = 0;
    const verify = async (server: ResourceServer, token: string) => {
      const fetchedAt = await server.verify(token);
      if (fetchedAt < firstSigned.get(decode(token).header.kid)!) verifiedByOlderJwks++;
    };
    const issue = async () => {
      const client_id = random.oneOf([CLIENT_ID, 'es256']);
      const { access_token, id_token } = await random.oneOf(instances).loginAs('band', { client_id });
      for (const token of [access_token, id_token]) {
        const { header, payload } = decode(token);
        if (!firstSigned.has(header.kid)) firstSigned.set(header.kid, Date.now());
        const everybody = async () => {
          for (const server of servers) await verify(server, token);
        };
        await everybody();
        const lastSecond = Number(payload.exp) - Number(payload.iat) - 1;
        timeline.after(random.integer(1, lastSecond), () => verify(random.oneOf(servers), token));
        timeline.after(lastSecond, everybody);
      }
    };
    timeline.repeat(() => random.integer(1, 40), issue);
    await timeline.run(HOUR);

    // It was worth while: many keys came, for either cause, and went, and servers met them with an older JWKS.
    const causes = (await prompt.rotations()).map(({ detail }) => detail.cause);
    expect(new Set(causes)).toEqual(new Set(['age', 'request']));
    expect(firstSigned.size).toBeGreaterThan(15);
    expect((await prompt.stored()).length).toBeLessThan(firstSigned.size);
    expect(verifiedByOlderJwks).toBeGreaterThan(100);
  });
});
