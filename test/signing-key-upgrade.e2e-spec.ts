import { randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { type DataSource } from 'typeorm';
import { connect } from '../src/database/connect.js';
import { dataSourceOptions } from '../src/database/data-source-options.js';
import { migrate } from '../src/database/migrate.js';
import { InitialSchema1764000000000 } from '../src/database/migrations/1764000000000-initial-schema.js';
import { SecretCipher } from '../src/database/secret-cipher.js';
import { KeyPairs } from '../src/tokens/key-pairs.js';
import { type SigningKey } from '../src/tokens/signing-key.entity.js';
import { moveClock, resetClock, stopClock } from '../src/testing/clock.js';
import { verified } from './support/jwt.js';
import { startService, type RunningService } from './support/service.js';
import { KEYS_KNOWN_AFTER_S, signingKeysOf } from './support/signing-keys.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

const CREATED = new Date('2029-12-01T00:00:00Z');
const UPGRADED = new Date('2030-01-01T00:00:00Z');

describe('a database from when signing keys were never replaced', () => {
  let database: TestDatabase;
  let service: RunningService;
  let key: Awaited<ReturnType<KeyPairs['create']>>;
  /** Of the longest-lived kind there is, issued just before the upgrade. */
  let token: string;

  beforeAll(async () => {
    stopClock(+UPGRADED);
    database = await createTestDatabase({ shared: true });
    const encryptionKey = randomBytes(32);
    const pairs = new KeyPairs(new SecretCipher({ key: encryptionKey, decryptionKeys: [] }));
    key = await pairs.create('RS256');
    const now = +UPGRADED / 1000;
    token = jwt.sign({ iat: now, exp: now + 7200 }, pairs.open(key as SigningKey), {
      algorithm: 'RS256',
      keyid: key.kid,
    });
    const options = dataSourceOptions({ url: database.url, poolSize: 1 });
    const before = await connect({
      ...options,
      migrations: [InitialSchema1764000000000],
    });
    await migrate(before);
    await insert(before, 'signing_keys', {
      kid: key.kid,
      alg: key.alg,
      state: 'active',
      slot: 'RS256 active',
      public_jwk: JSON.stringify(key.publicJwk),
      private_key_sealed: key.privateKeySealed,
      created_at: +CREATED,
    });
    await insert(before, 'applications', anOldApplication('short', 300, 1800));
    await insert(before, 'applications', anOldApplication('long', 7200, 600));
    await before.destroy();
    service = await startService({
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: encryptionKey.toString('base64'),
      SIGNING_KEY_ROTATION_DAYS: '31',
    });
  });

  afterAll(async () => {
    resetClock();
    await service.close();
    await database.drop();
  });

  it('keeps its key, which is replaced as soon as everybody knows the next one, and verifies to the end', async () => {
    const keys = signingKeysOf(service);
    const common = { alg: 'RS256', rotationRequestedAt: null, retiredAt: null };
    const material = { publicJwk: expect.any(Object), privateKeySealed: expect.any(String) };
    const usableFrom = new Date(+UPGRADED + KEYS_KNOWN_AFTER_S * 1000);
    const [, nextKid] = await keys.published();
    const ofRsa = (await keys.stored()).filter(({ alg }) => alg === 'RS256');
    expect(ofRsa).toEqual([
      {
        ...common,
        ...key,
        state: 'active',
        slot: 'RS256 active',
        createdAt: CREATED,
        usableFrom: new Date(0),
        activatedAt: UPGRADED,
        longestTtl: 7200,
      },
      {
        ...common,
        ...material,
        kid: nextKid,
        state: 'next',
        slot: 'RS256 next',
        createdAt: UPGRADED,
        usableFrom,
        activatedAt: null,
        longestTtl: 0,
      },
    ]);

    // However old it is: instances of the release before know no other.
    expect(await keys.run()).toEqual([]);
    moveClock(KEYS_KNOWN_AFTER_S - 1);
    expect((await keys.rotate()).awaited.map(({ kid }) => kid)).toEqual([nextKid]);
    expect(await keys.run()).toEqual([]);
    moveClock(1);
    expect(await keys.run()).toEqual([{ alg: 'RS256', kid: nextKid, retiredKid: key.kid, cause: 'request' }]);
    moveClock(7199 - KEYS_KNOWN_AFTER_S);
    await keys.run();
    expect((await verified(service.url, token)).header.kid).toBe(key.kid);
    moveClock(KEYS_KNOWN_AFTER_S + 60);
    await keys.run();
    expect(await keys.published()).toContain(key.kid);
    moveClock(1);
    await keys.run();
    expect(await keys.published()).not.toContain(key.kid);
  });
});

/** As the first schema has it. */
function anOldApplication(client_id: string, access_token_ttl: number, id_token_ttl: number) {
  return {
    client_id,
    name: client_id,
    type: 'mini_program',
    enabled: 1,
    grant_types: '[]',
    scopes: '[]',
    access_token_ttl,
    id_token_ttl,
    refresh_token_ttl: 0,
    refresh_token_max_ttl: 2_592_000,
    refresh_reuse_interval: 30,
    signing_alg: 'RS256',
    token_profile: 'ciam',
    id_token_claims: '[]',
    created_at: +CREATED,
    updated_at: +CREATED,
  };
}

async function insert(dataSource: DataSource, table: string, row: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(row);
  const values = columns.map(() => '?').join(', ');
  await dataSource.query(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values})`,
    Object.values(row),
  );
}
