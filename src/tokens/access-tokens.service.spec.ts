import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { jest } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { type DataSource } from 'typeorm';
import { AccessTokensService } from './access-tokens.service.js';
import { type SigningKeysService, type Verifier } from './signing-keys.service.js';
import { signedToken } from './token-signature.js';

const issuer = 'https://id.example.com';
const iat = Math.floor(Date.now() / 1000);
const claims = {
  sub: 'U',
  aud: 'C',
  nbf: iat,
  scope: ['openid'],
  iss: issuer,
  exp: iat + 600,
  iat,
  jti: 'J',
};

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const copyOf = (key: KeyObject) => createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });

/** The service, and the keys that are published just now. */
function verifying() {
  const published = new Map<string, Verifier>();
  const keys = { verifier: (kid: string) => Promise.resolve(published.get(kid)) } as SigningKeysService;
  const service = new AccessTokensService(keys, { issuer } as never, {} as DataSource);
  const { privateKey, publicKey } = pair();
  published.set('K', { alg: 'ES256', key: publicKey });
  const issue = (content: object = claims, key = privateKey) =>
    signedToken({ alg: 'ES256', typ: 'JWT', kid: 'K' }, content, key);
  return { service, published, issue };
}

let signatures: jest.SpiedFunction<typeof jwt.verify>;
beforeEach(() => (signatures = jest.spyOn(jwt, 'verify')));
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('the signature of a token is looked at once', async () => {
  const { service, issue } = verifying();
  const token = await issue();

  const first = await service.verify(token);
  const second = await service.verify(token);

  expect(first).toMatchObject({ jti: 'J', clientId: 'C', scopes: ['openid'] });
  expect(second).toEqual(first);
  expect(signatures).toHaveBeenCalledTimes(1);
});

it('a token that is known expires all the same, with the second that it names', async () => {
  const { service, issue } = verifying();
  const token = await issue();
  jest.useFakeTimers({ now: (iat + 600) * 1000 - 1 });
  expect(await service.verify(token)).toBeDefined();

  jest.setSystemTime((iat + 600) * 1000);

  expect(await service.verify(token)).toBeUndefined();
});

it('a token that is known ends with its key', async () => {
  const { service, published, issue } = verifying();
  const token = await issue();
  expect(await service.verify(token)).toBeDefined();

  published.clear();

  expect(await service.verify(token)).toBeUndefined();
});

it('a token that is known is looked at again when there is another key of that name', async () => {
  const { service, published, issue } = verifying();
  const token = await issue();
  const { key } = published.get('K')!;
  expect(await service.verify(token)).toBeDefined();

  published.set('K', { alg: 'ES256', key: copyOf(key) });
  expect(await service.verify(token)).toBeDefined();
  published.set('K', { alg: 'ES256', key: pair().publicKey });
  expect(await service.verify(token)).toBeUndefined();

  expect(signatures).toHaveBeenCalledTimes(3);
});

it('a token is not known by another with the same claims, or with the same signature', async () => {
  const { service, issue } = verifying();
  const token = await issue();
  expect(await service.verify(token)).toBeDefined();
  const [header, , signature] = token.split('.');
  const [, otherClaims] = (await issue({ ...claims, sub: 'somebody else' })).split('.');

  expect(await service.verify(await issue(claims, pair().privateKey))).toBeUndefined();
  expect(await service.verify(`${header}.${otherClaims}.${signature}`)).toBeUndefined();
});

it.each(['', 'opaque', 'e30.e30.e30', 'bnVsbA.e30.e30', 'eyJraWQiOiJLIn0', 'eyJraWQiOiJLIn0.e30.e30'])(
  '%j is no token',
  async (text) => {
    const { service } = verifying();

    expect(await service.verify(text)).toBeUndefined();
  },
);
