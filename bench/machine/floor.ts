import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** CPU milliseconds of two signatures: what no login with an access token and an ID token can do without. */
export interface Floor {
  readonly rs256: number;
  readonly es256: number;
}

/** About as long as what is signed of a token. */
const INPUT = Buffer.alloc(450, 'x');
const RSA_PAIRS = 300;
const EC_PAIRS = 2000;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** In this process, on its main thread, with what Node has for it. */
export function measureFloor(): Floor {
  return { rs256: pairCost(rsa, RSA_PAIRS), es256: pairCost(ec, EC_PAIRS) };
}

function pairCost(key: KeyObject, pairs: number): number {
  const pair = () => [1, 2].map(() => sign('sha256', INPUT, { key, dsaEncoding: 'ieee-p1363' }));
  for (let index = 0; index < pairs / 4; index++) pair();
  const before = process.cpuUsage();
  for (let index = 0; index < pairs; index++) pair();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / pairs;
}
