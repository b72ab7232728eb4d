import { generateKeyPairSync } from 'node:crypto';
import { VerifiedTokens } from './verified-tokens.js';

it('the 10000 tokens that were used last are remembered', () => {
  const tokens = new VerifiedTokens<{ exp: number }>();
  const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (let nth = 0; nth < 10_050; nth++) {
    tokens.remember(`token ${nth}`, { kid: 'K', key, claims: { exp: nth } });
    tokens.find('token 0');
  }

  expect(tokens.size).toBe(10_000);
  expect(tokens.find('token 0')?.claims).toEqual({ exp: 0 });
  expect(tokens.find('token 1')).toBeUndefined();
  expect(tokens.find('token 10049')?.claims).toEqual({ exp: 10_049 });
});
