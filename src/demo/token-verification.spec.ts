import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { DemoFailed } from './demo-failed.js';
import { sample } from './sample.js';
import { verifyToken } from './token-verification.js';

const ISSUER = 'http://127.0.0.1:3000';
const claims = { iss: ISSUER, aud: sample.clientId, sub: 'user', iat: 1_000 };

describe('verifying a token', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: foreignKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }];
  const token = (changes: object = {}, key = privateKey, keyid = 'one') =>
    jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1000) + 60, ...changes }, key, {
      algorithm: 'RS256',
      keyid,
    });

  it('returns header and payload', () => {
    const { header, payload } = verifyToken('ID token', token({ exp: 9_999_999_999 }), jwks, ISSUER);
    expect({ header, payload }).toEqual({
      header: { alg: 'RS256', typ: 'JWT', kid: 'one' },
      payload: { ...claims, exp: 9_999_999_999 },
    });
  });

  it.each([
    ['another issuer', token({ iss: 'https://other' }), /: jwt issuer invalid/],
    ['another audience', token({ aud: 'other' }), /: jwt audience invalid/],
    ['its expiry', token({ exp: 2_000 }), /: jwt expired/],
    ['a time to come', token({ nbf: 9_999_999_999 }), /: jwt not active/],
    ['a foreign key', token({}, foreignKey), /: invalid signature/],
    [
      'an unpublished key',
      token({}, privateKey, 'two'),
      /^The JWKS has no RS256 key two, which signed the ID token$/,
    ],
    [
      'no signature',
      jwt.sign(claims, null, { algorithm: 'none', keyid: 'one' }),
      /: jwt signature is required/,
    ],
    [
      'another algorithm',
      jwt.sign(claims, privateKey, { algorithm: 'RS512', keyid: 'one' }),
      /: invalid algorithm/,
    ],
    ['being none', 'nonsense', /^The ID token is no JWT: "nonsense"$/],
    ['being absent', undefined, /^The ID token is no JWT: undefined$/],
  ])('fails for %s', (_fault, wrong, message) => {
    const verify = () => verifyToken('ID token', wrong, jwks, ISSUER);
    expect(verify).toThrow(DemoFailed);
    expect(verify).toThrow(message);
  });
});
