import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { SignJWT } from 'jose';
import { CLIENT_ID } from '../src/testing/factories.js';
import { startResourceServer, type ResourceServer } from './support/resource-server.js';

/** What of a good token is different. */
interface Deviation {
  claims?: object;
  header?: object;
  key?: KeyObject;
}

const inSeconds = (seconds: number) => Math.floor(new Date().getTime() / 1000) + seconds;

describe('the guard of the example', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { privateKey: foreignKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  /** A key set whose keys may sign by any algorithm: it does not say which. */
  const keySet = (...kids: string[]) => JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) });
  const accepted = { status: 200, challenge: null, body: expect.objectContaining({ sub: 'band' }) };
  const invalidToken = {
    status: 401,
    challenge: 'Bearer realm="api", error="invalid_token"',
    body: { message: 'Unauthorized', statusCode: 401 },
  };
  const broken = {
    status: 500,
    challenge: null,
    body: { message: 'Internal server error', statusCode: 500 },
  };

  let server: Server;
  let issuer: string;
  let resource: ResourceServer;
  let requests: string[];
  /** What the issuer answers. */
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    requests = [];
    answer = (response) => response.end(keySet('one'));
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    resource = await startResourceServer(issuer, [CLIENT_ID]);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await resource.close();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  /** Asks with a token that is good but for these claims, this header or this key; `undefined` leaves a claim out. */
  async function ask({ claims = {}, header = {}, key = privateKey }: Deviation = {}) {
    const good = { iss: issuer, aud: CLIENT_ID, sub: 'band', scope: ['openid'], exp: inSeconds(300) };
    const token = await new SignJWT({ ...good, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
      .sign(key);
    return resource.get('/account', `Bearer ${token}`);
  }

  it('fetches the keys once, however many ask at once', async () => {
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([accepted, accepted, accepted]);
    expect(requests).toEqual(['GET /oauth2/jwks']);
  });

  it('fetches no keys for a request without token', async () => {
    const unauthorized = { ...invalidToken, challenge: 'Bearer realm="api"' };
    expect(await resource.get('/account')).toEqual(unauthorized);
    expect(requests).toEqual([]);
  });

  it('keeps them for 300 s', async () => {
    const start = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(start);
    expect(await ask()).toEqual(accepted);
    clock.mockReturnValue(start + 299_999);
    expect(await ask()).toEqual(accepted);
    expect(requests).toHaveLength(1);
    clock.mockReturnValue(start + 300_000);
    expect(await ask()).toEqual(accepted);
    expect(requests).toHaveLength(2);
  });

  it('looks for a key that it does not know, but not twice in 30 s', async () => {
    const start = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(start);
    expect(await ask()).toEqual(accepted);
    answer = (response) => response.end(keySet('one', 'two'));
    clock.mockReturnValue(start + 29_999);
    expect(await ask({ header: { kid: 'two' } })).toEqual(invalidToken);
    expect(requests).toHaveLength(1);
    clock.mockReturnValue(start + 30_000);
    expect(await ask({ header: { kid: 'two' } })).toEqual(accepted);
    expect(requests).toHaveLength(2);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['closes the connection', (response) => response.destroy()],
    ['answers with an error', (response) => response.writeHead(503).end(keySet('one'))],
    ['answers with what is no JSON', (response) => response.end('<html>')],
    ['answers with what is no key set', (response) => response.end('{}')],
    ['does not answer', () => undefined],
  ])('fails while the issuer %s, rather than call a good token invalid', async (_, fault) => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const deadline = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(50));
    answer = fault;
    expect(await ask()).toEqual(broken);
    deadline.mockRestore();
    answer = (response) => response.end(keySet('one'));
    expect(await ask()).toEqual(accepted);
  });

  it.each(['RS384', 'RS512', 'PS256'])(
    'refuses a token signed with %s, whatever the key is good for',
    async (alg) => {
      expect(await ask()).toEqual(accepted);
      expect(await ask({ header: { alg } })).toEqual(invalidToken);
    },
  );

  it.each<[string, () => Deviation]>([
    ['several audiences, one of them known', () => ({ claims: { aud: ['another', CLIENT_ID] } })],
    ['a beginning three seconds ahead of the clock', () => ({ claims: { nbf: inSeconds(3) } })],
  ])('accepts a token with %s', async (_, deviation) => {
    expect(await ask(deviation())).toEqual(accepted);
  });

  it.each<[string, () => Deviation]>([
    ['another issuer', () => ({ claims: { iss: 'https://issuer.example.com' } })],
    ['a slash after the issuer', () => ({ claims: { iss: `${issuer}/` } })],
    ['no issuer', () => ({ claims: { iss: undefined } })],
    ['another audience', () => ({ claims: { aud: 'another' } })],
    ['no audience', () => ({ claims: { aud: undefined } })],
    ['an end a minute ago', () => ({ claims: { exp: inSeconds(-60) } })],
    ['no end', () => ({ claims: { exp: undefined } })],
    ['a beginning in a minute', () => ({ claims: { nbf: inSeconds(60) } })],
    ['no scope', () => ({ claims: { scope: undefined } })],
    ['a foreign key', () => ({ key: foreignKey })],
    ['an unpublished key', () => ({ key: foreignKey, header: { kid: 'unpublished' } })],
  ])('refuses a token with %s', async (_, deviation) => {
    expect(await ask()).toEqual(accepted);
    expect(await ask(deviation())).toEqual(invalidToken);
  });
});
