import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type RemoteJWKSetOptions } from 'jose';
import { SigningKeyUpkeep } from '../src/maintenance/signing-key-upkeep.service.js';
import { anApplication, anAuthSource } from '../src/testing/factories.js';
import { type RunningService } from './support/service.js';
import { startServiceAtIssuer } from './support/service-at-issuer.js';

const ALGORITHMS = ['RS256', 'ES256'] as const;
const PROFILES = ['ciam', 'rfc9068'] as const;

type Algorithm = (typeof ALGORITHMS)[number];
type Profile = (typeof PROFILES)[number];

const clientIdOf = (alg: Algorithm, profile: Profile) => `${profile}-${alg}`;

let service: RunningService;

beforeAll(async () => {
  service = await startServiceAtIssuer();
  service.simulator.wechat.addUser({ id: 'band' });
  const applications = ALGORITHMS.flatMap((alg) =>
    PROFILES.map((profile) =>
      anApplication({
        client_id: clientIdOf(alg, profile),
        signing_alg: alg,
        token_profile: profile,
        scopes: ['openid', 'phone'],
      }),
    ),
  );
  const ids = applications.map(({ client_id }) => client_id);
  await service.register({ applications, authSources: [anAuthSource({ applications: ids })] });
});

afterAll(() => service.close());

async function signIn(clientId: string): Promise<{ access_token: string; id_token: string }> {
  const response = await service.login('band', { client_id: clientId });
  expect(response.status).toBe(200);
  return (await response.json()) as { access_token: string; id_token: string };
}

function remoteKeys(options: RemoteJWKSetOptions = {}) {
  return createRemoteJWKSet(new URL(`${service.url}/oauth2/jwks`), options);
}

/** As a resource server does that leaves nothing out. */
function verify(token: string, alg: Algorithm, typ: string, audience: string, keys = remoteKeys()) {
  return jwtVerify(token, keys, { issuer: service.url, audience, algorithms: [alg], typ, clockTolerance: 0 });
}

describe.each(ALGORITHMS)('jose, for tokens signed with %s', (alg) => {
  const common = () => ({ iss: service.url, sub: expect.any(String), jti: expect.any(String) });

  it('verifies an access token of token_profile: ciam', async () => {
    const clientId = clientIdOf(alg, 'ciam');
    const { access_token } = await signIn(clientId);
    const { protectedHeader, payload } = await verify(access_token, alg, 'JWT', clientId);
    expect(protectedHeader).toEqual({ kid: expect.any(String), typ: 'JWT', alg });
    expect(payload).toEqual({
      ...common(),
      aud: clientId,
      scope: ['openid', 'phone'],
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: payload.iat! + 300,
    });
  });

  it('verifies an access token of token_profile: rfc9068', async () => {
    const clientId = clientIdOf(alg, 'rfc9068');
    const { access_token } = await signIn(clientId);
    const { protectedHeader, payload } = await verify(access_token, alg, 'at+jwt', clientId);
    expect(protectedHeader).toEqual({ kid: expect.any(String), typ: 'at+jwt', alg });
    expect(payload).toEqual({
      ...common(),
      aud: clientId,
      client_id: clientId,
      scope: 'openid phone',
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: payload.iat! + 300,
    });
  });

  it.each(PROFILES)('verifies an ID token of token_profile: %s', async (profile) => {
    const clientId = clientIdOf(alg, profile);
    const { id_token } = await signIn(clientId);
    const { protectedHeader, payload } = await verify(id_token, alg, 'JWT', clientId);
    expect(protectedHeader).toEqual({ kid: expect.any(String), typ: 'JWT', alg });
    expect(payload).toEqual({
      ...common(),
      aud: clientId,
      azp: clientId,
      iat: expect.any(Number),
      exp: payload.iat! + 1800,
    });
  });

  it('finds the key of every token in the set, with the algorithm that it is for', async () => {
    const keys = remoteKeys();
    await keys.reload();
    for (const profile of PROFILES) {
      const { access_token, id_token } = await signIn(clientIdOf(alg, profile));
      for (const token of [access_token, id_token]) {
        const { kid } = decodeProtectedHeader(token);
        const found = keys.jwks()!.keys.filter((key) => key.kid === kid);
        expect(found).toEqual([expect.objectContaining({ alg, use: 'sig' })]);
      }
    }
  });
});

it('jose verifies with the keys that it has when the service replaces those that sign', async () => {
  const signInWithEach = () => Promise.all(ALGORITHMS.map((alg) => signIn(clientIdOf(alg, 'ciam'))));
  const old = await signInWithEach();
  const held = remoteKeys({ cooldownDuration: Infinity, cacheMaxAge: Infinity });
  await held.reload();
  const { rotated } = await service.app.get(SigningKeyUpkeep).rotate();
  expect(rotated.map(({ alg }) => alg)).toEqual(ALGORITHMS);
  const fresh = await signInWithEach();
  for (const [index, { alg, kid, retiredKid }] of rotated.entries()) {
    const clientId = clientIdOf(alg, 'ciam');
    const { protectedHeader: now } = await verify(fresh[index]!.access_token, alg, 'JWT', clientId, held);
    expect(now.kid).toBe(kid);
    const { protectedHeader: before } = await verify(old[index]!.access_token, alg, 'JWT', clientId);
    expect(before.kid).toBe(retiredKid);
  }
});
