import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { jest } from '@jest/globals';
import { SigningKeyRotation, type RotatedKey } from '../src/tokens/signing-key-rotation.js';
import { SigningKey } from '../src/tokens/signing-key.entity.js';
import {
  holdIntervals,
  letIntervalsPass,
  letTimePass,
  moveClock,
  resetClock,
  stopClock,
} from '../src/testing/clock.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode, publishedKeys, verified } from './support/jwt.js';
import { startService, type RunningService } from './support/service.js';
import { introspected, registerSessions } from './support/sessions.js';
import { KEYS_KNOWN_AFTER_S, signingKeysOf, type SigningKeys } from './support/signing-keys.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { until } from './support/until.js';

const START = new Date('2030-01-01T00:00:00Z');
const DAY = 86_400;

let database: TestDatabase;
let encryptionKey: Buffer;
let running: RunningService[];

beforeEach(async () => {
  stopClock(+START);
  database = await createTestDatabase({ shared: true });
  encryptionKey = randomBytes(32);
  running = [];
});

afterEach(async () => {
  for (const service of running) await service.close();
  resetClock();
  await database.drop();
});

/** One more instance on the database of the test. */
async function start(environment: Record<string, string> = {}): Promise<RunningService> {
  const service = await startService({
    DATABASE_URL: database.url,
    ENCRYPTION_KEY: encryptionKey.toString('base64'),
    SIGNING_KEY_ROTATION_DAYS: '1',
    ...environment,
  });
  running.push(service);
  service.simulator.wechat.addUser({ id: 'band' });
  return service;
}

describe('two instances', () => {
  let services: RunningService[];
  let instances: SigningKeys[];

  beforeEach(async () => {
    services = [await start(), await start()];
    instances = services.map(signingKeysOf);
  });

  /** All at once: `times` times at each instance. */
  function everywhere<T>(times: number, work: (keys: SigningKeys) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: times }, () => instances.map(work)).flat());
  }

  async function expectRotatedOnce(rotated: RotatedKey[], cause: RotatedKey['cause']): Promise<void> {
    const [keys] = instances as [SigningKeys];
    const states = (await keys.stored()).map(({ alg, state, slot }) => [alg, state, slot]);
    expect(states).toEqual([
      ['RS256', 'active', 'RS256 active'],
      ['RS256', 'next', 'RS256 next'],
      ['RS256', 'retired', null],
      ['ES256', 'active', 'ES256 active'],
      ['ES256', 'next', 'ES256 next'],
      ['ES256', 'retired', null],
    ]);
    const [rsa, , oldRsa, ec, , oldEc] = (await keys.stored()).map(({ kid }) => kid);
    const expected = [
      { alg: 'ES256', kid: ec, retiredKid: oldEc, cause },
      { alg: 'RS256', kid: rsa, retiredKid: oldRsa, cause },
    ];
    expect(rotated.sort((one, other) => (one.alg < other.alg ? -1 : 1))).toEqual(expected);
    expect((await keys.rotations()).map(({ detail }) => detail)).toEqual(
      expect.arrayContaining(
        expected.map(({ retiredKid, ...each }) => ({ ...each, retired_kid: retiredKid })),
      ),
    );
    expect(await keys.rotations()).toHaveLength(2);
    await everywhere(1, (each) => each.reload());
    const [one, other] = await everywhere(1, (each) => each.published());
    expect(one).toEqual([rsa, expect.any(String), oldRsa, ec, expect.any(String), oldEc]);
    expect(other).toEqual(one);
  }

  it('replace each key once, however often and wherever at once it is due', async () => {
    moveClock(DAY);
    await expectRotatedOnce((await everywhere(5, (keys) => keys.run())).flat(), 'age');
  });

  it('replace each key once, however often and wherever at once it is asked for', async () => {
    const answers = await everywhere(5, (keys) => keys.rotate());
    await expectRotatedOnce(
      answers.flatMap(({ rotated }) => rotated),
      'request',
    );
  });

  it('both sign with the new key once they have read it, and verify what either signs at any time', async () => {
    const [one, other] = services as [RunningService, RunningService];
    await one.register({ applications: [anApplication()], authSources: [anAuthSource()] });
    const [active, next] = await instances[0]!.published();
    const kids = async () => {
      const tokens = [await one.loginAs('band'), await other.loginAs('band')];
      for (const { access_token, id_token } of tokens) {
        for (const { url } of services) {
          await verified(url, access_token);
          await verified(url, id_token);
        }
      }
      return tokens.map(({ access_token }) => decode(access_token).header.kid);
    };
    expect(await kids()).toEqual([active, active]);
    await instances[0]!.rotate();
    expect(await kids()).toEqual([next, active]);
    await instances[1]!.reload();
    expect(await kids()).toEqual([next, next]);
  });

  it('keep a retired key for the longest token that either signed, even after it was retired', async () => {
    const [one, other] = services as [RunningService, RunningService];
    const settings = { access_token_ttl: DAY };
    await one.register({ applications: [anApplication(settings)], authSources: [anAuthSource()] });
    await instances[0]!.rotate();
    // It has not read the keys since.
    const { access_token } = await other.loginAs('band');
    await instances[1]!.reload();
    moveClock(DAY - 1);
    await everywhere(1, (keys) => keys.run());
    for (const { url } of services) await verified(url, access_token);
  });
});

describe('an instance that was cut off while another replaced the keys', () => {
  let another: RunningService;
  let cutOff: RunningService;
  let keys: SigningKeys;

  beforeEach(async () => {
    another = await start();
    cutOff = await start();
    keys = signingKeysOf(another);
    signingKeysOf(cutOff);
    await registerSessions(another);
    for (let rotation = 0; rotation < 2; rotation++) {
      moveClock(KEYS_KNOWN_AFTER_S);
      expect((await keys.rotate()).rotated).toHaveLength(2);
    }
    letTimePass(31);
  });

  it('verifies with them before it says anything of a token', async () => {
    const { access_token, refresh_token } = await another.loginAs('band');
    expect(await introspected(cutOff, access_token)).toMatchObject({ active: true });
    await cutOff.post('/oauth2/revoke', { client_id: CLIENT_ID, token: access_token });
    expect(await introspected(another, access_token)).toEqual({ active: false });
    expect(await introspected(another, refresh_token)).toMatchObject({ active: true });
  });

  it('signs with them', async () => {
    const { access_token } = await cutOff.loginAs('band');
    expect(decode(access_token).header.kid).toBe((await keys.published())[0]);
  });

  it('lets nobody keep what it publishes until it has read them', async () => {
    const jwks = async () => {
      const response = await fetch(`${cutOff.url}/oauth2/jwks`);
      const { keys: published } = (await response.json()) as { keys: { kid: string }[] };
      return { kids: published.map(({ kid }) => kid), cached: response.headers.get('cache-control') };
    };
    const stale = await jwks();
    expect(stale.cached).toBe('public, max-age=0');
    await cutOff.loginAs('band');
    expect(await jwks()).toEqual({ kids: await keys.published(), cached: 'public, max-age=300' });
    expect(stale.kids).not.toEqual(await keys.published());
  });
});

describe('a service', () => {
  it('replaces by itself, as soon as it reads the keys, an active one that is gone', async () => {
    holdIntervals();
    const service = await start();
    const [, nextRsa] = (await publishedKeys(service.url)).map(({ kid }) => kid);
    await service.dataSource.manager.delete(SigningKey, { slot: 'RS256 active' });
    letIntervalsPass(3);
    const active = () => service.dataSource.manager.findOneBy(SigningKey, { slot: 'RS256 active' });
    await until(async () => (await active())?.kid === nextRsa);
    expect((await publishedKeys(service.url))[0]).toMatchObject({ kid: nextRsa });
  });

  it('publishes nothing as long as an algorithm has no key', async () => {
    const service = await start();
    const keys = signingKeysOf(service);
    await service.dataSource.manager.delete(SigningKey, { alg: 'ES256' });
    const provide = jest.spyOn(service.app.get(SigningKeyRotation), 'provide').mockResolvedValue();
    await keys.reload();
    const response = await fetch(`${service.url}/oauth2/jwks`);
    expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store']);
    provide.mockRestore();
    await keys.reload();
    expect((await publishedKeys(service.url)).map(({ alg }) => alg)).toEqual([
      'RS256',
      'RS256',
      'ES256',
      'ES256',
    ]);
  });

  it('reads by itself, every three seconds, which keys another has replaced', async () => {
    holdIntervals();
    const service = await start();
    const another = signingKeysOf(await start());
    await another.rotate();
    const published = async () => (await publishedKeys(service.url)).map(({ kid }) => kid);
    expect(await published()).not.toEqual(await another.published());
    letIntervalsPass(3);
    const expected = await another.published();
    await until(async () => isDeepStrictEqual(await published(), expected));
  });

  it('replaces by itself, every minute, the keys that are due', async () => {
    holdIntervals();
    const service = await start();
    const another = signingKeysOf(await start());
    await another.rotate();
    expect((await another.rotate()).rotated).toEqual([]);
    const [, nextRsa, , , nextEc] = await another.published();
    letIntervalsPass(KEYS_KNOWN_AFTER_S);
    await until(async () => {
      const [rsa, , , ec] = await publishedKeys(service.url);
      return rsa?.kid === nextRsa && ec?.kid === nextEc;
    });
  });

  it('does not start with the ENCRYPTION_KEY of another, and leaves no key behind', async () => {
    const service = await start();
    const keys = signingKeysOf(service);
    await service.dataSource.query(`DELETE FROM signing_keys WHERE state = 'next'`);
    const before = await keys.stored();
    const other = start({ ENCRYPTION_KEY: randomBytes(32).toString('base64') });
    await expect(other).rejects.toThrow(
      /^signing key [0-9a-f-]{36} is encrypted under key [\w-]{8}, but ENCRYPTION_KEY is key [\w-]{8}$/,
    );
    expect(await keys.stored()).toEqual(before);
  });
});
