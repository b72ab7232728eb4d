import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { SigningKeysService } from '../src/tokens/signing-keys.service.js';
import { decode, publishedKeys } from './support/jwt.js';
import { startService, type RunningService } from './support/service.js';
import { introspected, registerSessions } from './support/sessions.js';

type Part = Record<string, unknown>;

describe('an access token that we did not make', () => {
  let service: RunningService;
  /** A genuine token, and what is in it. */
  let genuine: string;
  let header: Part;
  let payload: Part;
  /** The key that signed it, and its public half as everybody may read it. */
  let privateKey: KeyObject;
  let publicPem: string;
  /** What an attacker has: a key pair, and a server that nobody is to ask. */
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let server: Server;
  let visits: string[];

  beforeAll(async () => {
    service = await startService();
    service.simulator.wechat.addUser({ id: 'band' });
    await registerSessions(service);
    genuine = (await service.loginAs('band')).access_token;
    ({ header, payload } = decode(genuine));
    privateKey = (await service.app.get(SigningKeysService).signer('RS256', 1)).key;
    const published = (await publishedKeys(service.url)).find(({ kid }) => kid === header.kid)!;
    publicPem = createPublicKey({ key: published, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString();
    visits = [];
    server = createServer(({ url }, response) => {
      visits.push(String(url));
      response.end('{}');
    }).listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    server.close();
    await service.close();
  });

  const encoded = (part: Part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const unsigned = (changes: Part, signature = '') =>
    `${encoded({ ...header, ...changes })}.${encoded(payload)}.${signature}`;
  const signed = (claims: Part, key: KeyObject | string, head: Part = {}, alg: jwt.Algorithm = 'RS256') =>
    jwt.sign(claims, key, {
      algorithm: alg,
      header: { ...header, alg, ...head },
      noTimestamp: true,
    });
  const evil = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const jwk = () => attacker.publicKey.export({ format: 'jwk' });

  async function worth(token: string): Promise<unknown> {
    const headers = { Authorization: `Bearer ${token}` };
    const { status } = await fetch(`${service.url}/userinfo`, { headers });
    return { userinfo: status, active: ((await introspected(service, token)) as { active: boolean }).active };
  }

  it('is told from one that has the same claims and our signature', async () => {
    expect(await worth(genuine)).toEqual({ userinfo: 200, active: true });
    expect(await worth(signed(payload, privateKey))).toEqual({ userinfo: 200, active: true });
  });

  it.each<[string, () => string]>([
    ['its claims changed', () => genuine.replace(/\.[^.]+\./, `.${encoded({ ...payload, sub: 'other' })}.`)],
    ['its header changed', () => genuine.replace(/^[^.]+/, encoded({ ...header, typ: 'at+jwt' }))],
    ['no signature', () => unsigned({})],
    ['alg none', () => unsigned({ alg: 'none' })],
    ['alg NoNe', () => unsigned({ alg: 'NoNe' })],
    ['alg none, and a signature', () => unsigned({ alg: 'none' }, genuine.split('.')[2])],
    ['no alg', () => unsigned({ alg: undefined }, genuine.split('.')[2])],
    ['alg none and no kid', () => unsigned({ alg: 'none', kid: undefined })],
  ])('is nothing worth with %s', async (_, forged) => {
    expect(await worth(forged())).toEqual({ userinfo: 401, active: false });
  });

  it.each<[string, () => string]>([
    ['HS256 by the public key as PEM', () => publicPem],
    ['HS256 by the public key without the end of its last line', () => publicPem.trim()],
    ['HS256 by the kid', () => String(header.kid)],
    ['HS256 by the modulus', () => String(createPublicKey(publicPem).export({ format: 'jwk' }).n)],
  ])('is nothing worth with %s', async (_, secret) => {
    // The library would refuse to sign with a public key.
    const { createHmac } = await import('node:crypto');
    const text = unsigned({ alg: 'HS256' }).slice(0, -1);
    const signature = createHmac('sha256', secret()).update(text).digest('base64url');
    expect(await worth(`${text}.${signature}`)).toEqual({ userinfo: 401, active: false });
  });

  it('is nothing worth with the algorithm of another key of ours, or one that is not allowed', async () => {
    for (const alg of ['RS384', 'RS512', 'PS256'] as const) {
      expect(await worth(signed(payload, privateKey, {}, alg))).toEqual({ userinfo: 401, active: false });
    }
    const ofEc = (await publishedKeys(service.url)).find(({ alg }) => alg === 'ES256')!;
    const confused = signed(payload, privateKey, { kid: ofEc.kid });
    expect(await worth(confused)).toEqual({ userinfo: 401, active: false });
  });

  it.each<[string, () => Part]>([
    ['our kid', () => ({})],
    ['a kid that we do not know', () => ({ kid: 'attacker' })],
    ['no kid', () => ({ kid: undefined })],
    ['a kid that is a list', () => ({ kid: [header.kid] })],
    ['a kid that is a path', () => ({ kid: '../../../../dev/null' })],
    ['a kid that is SQL', () => ({ kid: `' OR '1'='1` })],
    ['a kid that every object has', () => ({ kid: '__proto__' })],
    ['its key in the header (jwk)', () => ({ jwk: jwk() })],
    ['its key in the header, and a kid of its own', () => ({ jwk: jwk(), kid: 'attacker' })],
    ['the address of its keys in the header (jku)', () => ({ jku: evil() })],
    ['the address of its certificate in the header (x5u)', () => ({ x5u: evil(), kid: 'attacker' })],
    ['its certificate in the header (x5c)', () => ({ x5c: ['MIIB'] })],
  ])('is nothing worth when somebody else has signed it, with %s', async (_, head) => {
    expect(await worth(signed(payload, attacker.privateKey, head()))).toEqual({
      userinfo: 401,
      active: false,
    });
    expect(visits).toEqual([]);
  });

  it.each<[string, () => Part]>([
    ['of another issuer', () => ({ iss: 'https://other.example.com' })],
    ['of an issuer that only begins like ours', () => ({ iss: `${String(payload.iss)}.evil.example` })],
    ['of no issuer', () => ({ iss: undefined })],
    ['that has expired', () => ({ exp: Math.floor(Date.now() / 1000) })],
    ['for an application that there is not', () => ({ aud: 'nobody' })],
    ['without scope, as an ID token is', () => ({ scope: undefined })],
  ])('is nothing worth %s, though our key has signed it', async (_, claims) => {
    const { iss, ...rest } = { ...payload, ...claims() };
    const token = signed(JSON.parse(JSON.stringify({ ...rest, iss })) as Part, privateKey);
    expect(await worth(token)).toEqual({ userinfo: 401, active: false });
  });
});
