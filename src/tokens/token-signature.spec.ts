import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { signedToken } from './token-signature.js';

const claims = { sub: 'U', scope: ['openid'], name: '张三', nickname: undefined, exp: 2_000_000_000, iat: 1 };

it.each([
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
] as const)('a token by %s is what jsonwebtoken makes of it', async (alg, { privateKey, publicKey }) => {
  const token = await signedToken({ alg, typ: 'at+jwt', kid: 'K' }, claims, privateKey);

  const expected = jwt.sign({ ...claims }, privateKey, {
    algorithm: alg,
    header: { alg, typ: 'at+jwt', kid: 'K' },
  });
  expect(token.split('.').slice(0, 2)).toEqual(expected.split('.').slice(0, 2));
  expect(jwt.verify(token, publicKey, { algorithms: [alg] })).toMatchObject({ sub: 'U', name: '张三' });
});
