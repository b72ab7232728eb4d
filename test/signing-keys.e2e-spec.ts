import { type IssuedTokens } from '../src/testing/start-ciam.js';
import { SigningKey } from '../src/tokens/signing-key.entity.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { CLIENT_ID, anApplication, anAuthSource } from '../src/testing/factories.js';
import { decode, verified } from './support/jwt.js';
import { seen, startService, type RunningService } from './support/service.js';
import { KEYS_KNOWN_AFTER_S, signingKeysOf, type SigningKeys } from './support/signing-keys.js';

const START = new Date('2030-01-01T00:00:00Z');
const DAY = 86_400;
/** How long an expired key stays, in seconds. */
const MARGIN = 60;

/** A key that was not there before. */
const NEW = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

let service: RunningService;
let keys: SigningKeys;

async function start(environment: Record<string, string> = {}): Promise<void> {
  service = await startService(environment);
  keys = signingKeysOf(service);
  service.simulator.wechat.addUser({ id: 'band' });
}

/** The sample application and one whose tokens are signed with ES256. */
async function register(overrides: Parameters<typeof anApplication>[0] = {}): Promise<void> {
  const applications = [
    anApplication(overrides),
    anApplication({ ...overrides, client_id: 'es256', signing_alg: 'ES256' }),
  ];
  await service.register({
    applications,
    authSources: [anAuthSource({ applications: [CLIENT_ID, 'es256'] })],
  });
}

/** What both applications' tokens were signed with. */
async function signingKids(): Promise<unknown[]> {
  const logins = [await service.loginAs('band'), await service.loginAs('band', { client_id: 'es256' })];
  return logins.flatMap(({ access_token, id_token }) =>
    [access_token, id_token].map((token) => decode(token).header.kid),
  );
}

/** Replaces every key, and waits until that can be done again. */
async function rotateAndWait(): Promise<void> {
  expect((await keys.rotate()).rotated).toHaveLength(2);
  moveClock(KEYS_KNOWN_AFTER_S);
}

beforeEach(() => stopClock(+START));

afterEach(async () => {
  resetClock();
  await service.close();
});

describe('at first boot', () => {
  it('of each algorithm one key signs, and one is published that may follow it at once', async () => {
    await start();
    const row = {
      createdAt: START,
      usableFrom: START,
      rotationRequestedAt: null,
      retiredAt: null,
      longestTtl: 0,
      privateKeySealed: expect.stringMatching(/^v1(\.[\w-]+){4}$/),
    };
    const [number, modulus] = [expect.stringMatching(/^[\w-]{43}$/), expect.stringMatching(/^[\w-]{342}$/)];
    const ofRsa = { ...row, alg: 'RS256', publicJwk: { kty: 'RSA', n: modulus, e: 'AQAB' } };
    const ofEc = { ...row, alg: 'ES256', publicJwk: { kty: 'EC', crv: 'P-256', x: number, y: number } };
    const active = { state: 'active', activatedAt: START };
    const next = { state: 'next', activatedAt: null };
    const [rsa, nextRsa, ec, nextEc] = await keys.published();
    expect(await keys.stored()).toEqual([
      { ...ofRsa, ...active, kid: rsa, slot: 'RS256 active' },
      { ...ofRsa, ...next, kid: nextRsa, slot: 'RS256 next' },
      { ...ofEc, ...active, kid: ec, slot: 'ES256 active' },
      { ...ofEc, ...next, kid: nextEc, slot: 'ES256 next' },
    ]);
  });
});

describe('a signing key', () => {
  it.each([
    ['90 days', {}, 90],
    ['the days that SIGNING_KEY_ROTATION_DAYS says', { SIGNING_KEY_ROTATION_DAYS: '1' }, 1],
  ])('is replaced by the published one after %s', async (_, environment, days) => {
    await start(environment);
    const [rsa, nextRsa, ec, nextEc] = await keys.published();
    moveClock(days * DAY - 1);
    expect(await keys.run()).toEqual([]);
    expect(await keys.published()).toEqual([rsa, nextRsa, ec, nextEc]);

    moveClock(1);
    expect(await keys.run()).toEqual([
      { alg: 'RS256', kid: nextRsa, retiredKid: rsa, cause: 'age' },
      { alg: 'ES256', kid: nextEc, retiredKid: ec, cause: 'age' },
    ]);
    const published = await keys.published();
    expect(published).toEqual([nextRsa, NEW, rsa, nextEc, NEW, ec]);
    expect(new Set(published).size).toBe(6);

    moveClock(days * DAY - 1);
    expect(await keys.run()).toEqual([]);
    moveClock(1);
    expect(await keys.run()).toEqual([
      { alg: 'RS256', kid: published[1], retiredKid: nextRsa, cause: 'age' },
      { alg: 'ES256', kid: published[4], retiredKid: nextEc, cause: 'age' },
    ]);
  });

  it('is never replaced by age with SIGNING_KEY_ROTATION_DAYS=0, only on demand', async () => {
    await start({ SIGNING_KEY_ROTATION_DAYS: '0' });
    const [rsa, nextRsa, ec, nextEc] = await keys.published();
    moveClock(3651 * DAY);
    expect(await keys.run()).toEqual([]);
    expect(await keys.published()).toEqual([rsa, nextRsa, ec, nextEc]);
    expect(await keys.rotate()).toEqual({
      rotated: [
        { alg: 'RS256', kid: nextRsa, retiredKid: rsa, cause: 'request' },
        { alg: 'ES256', kid: nextEc, retiredKid: ec, cause: 'request' },
      ],
      awaited: [],
    });
  });

  it('is replaced on demand as soon as everybody knows its successor, and once', async () => {
    await start();
    await keys.rotate();
    const [rsa, nextRsa, , ec, nextEc] = await keys.published();
    const usableFrom = new Date(+START + KEYS_KNOWN_AFTER_S * 1000);
    const awaited = [
      expect.objectContaining({ alg: 'RS256', kid: nextRsa, usableFrom }),
      expect.objectContaining({ alg: 'ES256', kid: nextEc, usableFrom }),
    ];
    expect(await keys.rotate()).toEqual({ rotated: [], awaited });
    expect(await keys.rotate()).toEqual({ rotated: [], awaited });

    moveClock(KEYS_KNOWN_AFTER_S - 1);
    expect(await keys.run()).toEqual([]);
    moveClock(1);
    expect(await keys.run()).toEqual([
      { alg: 'RS256', kid: nextRsa, retiredKid: rsa, cause: 'request' },
      { alg: 'ES256', kid: nextEc, retiredKid: ec, cause: 'request' },
    ]);
    moveClock(KEYS_KNOWN_AFTER_S);
    expect(await keys.run()).toEqual([]);
  });

  it('is what new tokens are signed with from then on', async () => {
    await start();
    await register();
    const [rsa, nextRsa, ec, nextEc] = await keys.published();
    expect(await signingKids()).toEqual([rsa, rsa, ec, ec]);
    await keys.rotate();
    expect(await signingKids()).toEqual([nextRsa, nextRsa, nextEc, nextEc]);
  });

  it('leaves an audit event when it takes the place of another', async () => {
    await start({ SIGNING_KEY_ROTATION_DAYS: '1' });
    const [rsa1, rsa2, ec1, ec2] = await keys.published();
    await keys.rotate();
    const [, rsa3, , , ec3] = await keys.published();
    moveClock(DAY);
    await keys.run();
    const nobody = { clientId: null, authSourceId: null, userId: null, address: null, userAgent: null };
    const event = { id: expect.any(String), type: 'signing_key_rotated', ...nobody };
    const requested = { ...event, createdAt: START };
    const aged = { ...event, createdAt: new Date(+START + DAY * 1000) };
    expect(await keys.rotations()).toEqual([
      { ...requested, detail: { alg: 'RS256', kid: rsa2, retired_kid: rsa1, cause: 'request' } },
      { ...requested, detail: { alg: 'ES256', kid: ec2, retired_kid: ec1, cause: 'request' } },
      { ...aged, detail: { alg: 'RS256', kid: rsa3, retired_kid: rsa2, cause: 'age' } },
      { ...aged, detail: { alg: 'ES256', kid: ec3, retired_kid: ec2, cause: 'age' } },
    ]);
  });

  it('is never in the database unsealed, whatever its state', async () => {
    await start();
    await register();
    await signingKids();
    await rotateAndWait();
    const rows = await service.dataSource.query<object[]>('SELECT * FROM signing_keys');
    expect(rows).toHaveLength(6);
    expect(JSON.stringify(rows)).not.toMatch(/PRIVATE KEY|"(d|p|q|dp|dq|qi)\\*":/);
  });
});

describe('a retired key', () => {
  it.each([
    ['that signed nothing is published a minute longer', [], 0],
    ['is published until its last ID token has expired', [{}], 1800],
    ['is published until its last access token has expired', [{ access_token_ttl: DAY }], DAY],
    [
      'is published for as long as it promised when tokens have become shorter since',
      [{ access_token_ttl: DAY }, { access_token_ttl: 60, id_token_ttl: 60 }],
      DAY,
    ],
  ])('%s', async (_, applications, ttl) => {
    await start({ SIGNING_KEY_ROTATION_DAYS: '0' });
    for (const settings of applications) {
      await register(settings);
      await signingKids();
    }
    await keys.rotate();
    const [rsa, nextRsa, oldRsa, ec, nextEc, oldEc] = await keys.published();
    moveClock(ttl + MARGIN - 1);
    await keys.run();
    expect(await keys.published()).toEqual([rsa, nextRsa, oldRsa, ec, nextEc, oldEc]);

    moveClock(1);
    await keys.run();
    expect(await keys.published()).toEqual([rsa, nextRsa, ec, nextEc]);
    expect((await keys.stored()).map(({ kid }) => kid)).toEqual([rsa, nextRsa, ec, nextEc]);
  });

  it('verifies what it signed to the last second, for everybody and for us', async () => {
    await start();
    await register({ scopes: ['openid', 'profile'], access_token_ttl: DAY });
    const { access_token, id_token }: IssuedTokens = await service.loginAs('band');
    const { sub } = decode(access_token).payload;
    const userinfo = async () => {
      const headers = { Authorization: `Bearer ${access_token}` };
      return seen(await fetch(`${service.url}/userinfo`, { headers }));
    };
    await rotateAndWait();
    moveClock(1799 - KEYS_KNOWN_AFTER_S);
    await keys.run();
    expect((await verified(service.url, id_token)).payload.sub).toBe(sub);

    await rotateAndWait();
    moveClock(DAY - 1800 - KEYS_KNOWN_AFTER_S);
    await keys.run();
    expect((await verified(service.url, access_token)).payload.sub).toBe(sub);
    expect(await userinfo()).toEqual({ status: 200, body: { sub } });
    moveClock(1);
    expect((await userinfo()).status).toBe(401);
  });
});

describe('a key that an operator deletes', () => {
  beforeEach(async () => {
    await start();
    await register();
  });
  const remove = (state: string) =>
    service.dataSource.manager.delete(SigningKey, { state: state as 'retired' });
  const userinfo = async (token: string) =>
    (await service.post('/userinfo', {}, { Authorization: `Bearer ${token}` })).status;

  it('when it is retired ends every token that it signed', async () => {
    const { access_token } = await service.loginAs('band');
    await keys.rotate();
    expect(await userinfo(access_token)).toBe(200);
    await remove('retired');
    await keys.reload();
    expect(await userinfo(access_token)).toBe(401);
    expect(await userinfo((await service.loginAs('band')).access_token)).toBe(200);
    expect(await keys.published()).toHaveLength(4);
  });

  it('when it signs is followed by the next one', async () => {
    const nextKids = (await keys.stored()).filter(({ state }) => state === 'next').map(({ kid }) => kid);
    await remove('active');
    await keys.run();
    expect(new Set(await signingKids())).toEqual(new Set(nextKids));
    await keys.run();
    expect((await keys.stored()).map(({ slot }) => slot)).toEqual([
      'RS256 active',
      'RS256 next',
      'ES256 active',
      'ES256 next',
    ]);
  });
});

describe('the JWKS', () => {
  it('has what signs, what will and what did, the last one first; one algorithm after the other', async () => {
    await start();
    await register();
    const [rsa1, rsa2, ec1, ec2] = await keys.published();
    await signingKids();
    await rotateAndWait();
    const [, rsa3, , , ec3] = await keys.published();
    await signingKids();
    await rotateAndWait();
    expect(await keys.published()).toEqual([rsa3, NEW, rsa2, rsa1, ec3, NEW, ec2, ec1]);
  });

  it('changes its ETag with every change, so that whoever asks whether it has changed gets it', async () => {
    await start();
    const ask = async (etag: string) => {
      const response = await fetch(`${service.url}/oauth2/jwks`, { headers: { 'If-None-Match': etag } });
      return { status: response.status, etag: response.headers.get('etag')!, text: await response.text() };
    };
    const first = await ask('"none"');
    expect(await ask(first.etag)).toEqual({ status: 304, etag: first.etag, text: '' });

    await keys.rotate();
    const rotated = await ask(first.etag);
    expect(rotated.status).toBe(200);
    expect(JSON.parse(rotated.text).keys).toHaveLength(6);
    expect(await ask(rotated.etag)).toEqual({ status: 304, etag: rotated.etag, text: '' });

    moveClock(MARGIN);
    await keys.run();
    const cleared = await ask(rotated.etag);
    expect(cleared.status).toBe(200);
    expect(JSON.parse(cleared.text).keys).toHaveLength(4);
    expect(new Set([first.etag, rotated.etag, cleared.etag]).size).toBe(3);
  });
});
