import { UUID, anAnswer, startAdministrated, type AdminClient } from './support/admin.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode, publishedKeys, verified } from './support/jwt.js';
import { type RunningService } from './support/service.js';

import { KEYS_KNOWN_AFTER_S, signingKeysOf } from './support/signing-keys.js';

const START = '2030-01-01T00:00:00.000Z';
/** A moment so many seconds after that. */
const after = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();

let service: RunningService;
let admin: AdminClient;

beforeEach(async () => {
  stopClock(Date.parse(START));
  ({ service, admin } = await startAdministrated());
  signingKeysOf(service);
  service.simulator.wechat.addUser({ id: 'band' });
  await service.register({ applications: [anApplication()], authSources: [anAuthSource()] });
});

afterEach(async () => {
  resetClock();
  await service.close();
});

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
}

async function keys(): Promise<Key[]> {
  return (await admin.done<{ items: Key[] }>('GET', '/signing-keys')).body.items;
}
const kidOf = (all: Key[], alg: string, state: string) =>
  all.find((key) => key.alg === alg && key.state === state)!.kid;

const aKey = (alg: string, state: string, overrides: object = {}) => ({
  kid: UUID,
  alg,
  state,
  created_at: START,
  usable_from: START,
  activated_at: state === 'next' ? null : START,
  retired_at: null,
  ...overrides,
});

describe('GET /signing-keys', () => {
  it('tells of each algorithm which key signs and which will', async () => {
    expect(await admin.call('GET', '/signing-keys')).toEqual(
      anAnswer({
        items: ['RS256', 'ES256'].flatMap((alg) => [aKey(alg, 'next'), aKey(alg, 'active')]),
        next_cursor: null,
      }),
    );
    const published = (await publishedKeys(service.url)).map(({ kid }) => kid);
    expect((await keys()).map(({ kid }) => kid).sort()).toEqual(published.sort());
  });
});

describe('POST /signing-keys/rotate', () => {
  it('replaces the key of every algorithm by the next one; the one before stays as long as its tokens', async () => {
    const before = await keys();
    const { access_token } = await service.loginAs('band');
    moveClock(10);
    const rotated = ['RS256', 'ES256'].map((alg) => ({
      alg,
      kid: kidOf(before, alg, 'next'),
      retired_kid: kidOf(before, alg, 'active'),
    }));
    expect(await admin.call('POST', '/signing-keys/rotate')).toEqual(anAnswer({ rotated, awaited: [] }));
    expect(await admin.call('GET', '/signing-keys')).toEqual(
      anAnswer({
        items: rotated.flatMap(({ alg, kid, retired_kid }) => [
          aKey(alg, 'next', { created_at: after(10), usable_from: after(10 + KEYS_KNOWN_AFTER_S) }),
          aKey(alg, 'active', { kid, activated_at: after(10) }),
          aKey(alg, 'retired', { kid: retired_kid, retired_at: after(10) }),
        ]),
        next_cursor: null,
      }),
    );
    const { access_token: later } = await service.loginAs('band');
    expect(decode(later).header.kid).toBe(rotated[0]!.kid);
    expect(decode(access_token).header.kid).toBe(rotated[0]!.retired_kid);
    for (const token of [access_token, later]) await verified(service.url, token);
  });

  it('again, before everybody can know the next key: says from when on that one will sign', async () => {
    await admin.done('POST', '/signing-keys/rotate');
    moveClock(30);
    const before = await keys();
    const awaited = ['RS256', 'ES256'].map((alg) => ({
      alg,
      kid: kidOf(before, alg, 'next'),
      usable_from: after(KEYS_KNOWN_AFTER_S),
    }));
    for (let time = 0; time < 2; time++) {
      expect(await admin.call('POST', '/signing-keys/rotate')).toEqual(anAnswer({ rotated: [], awaited }));
    }
    expect(await keys()).toEqual(before);
    moveClock(KEYS_KNOWN_AFTER_S - 30);
    await signingKeysOf(service).run();
    const now = await keys();
    expect(awaited.map(({ alg }) => kidOf(now, alg, 'active'))).toEqual(awaited.map(({ kid }) => kid));
  });
});
