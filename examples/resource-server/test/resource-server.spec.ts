import { createServer, type AddressInfo } from 'node:net';
import { type ExecutionContext, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLIENT_ID, anApplication, startCiam, type RunningCiam } from 'nest-ciam/testing';
import { AccessTokenGuard } from '../src/access-token.guard.js';
import { OrdersController } from '../src/orders.controller.js';
import { ResourceServerModule } from '../src/resource-server.module.js';

/** The support's own system: an application without users, whose scopes have a role among them. */
const SUPPORT = { client_id: 'support', client_secret: 'the-secret-of-the-support' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a service that accepts our access tokens', () => {
  let ciam: RunningCiam;
  let app: INestApplication;
  let url: string;
  let keySets = 0;
  const ISSUER = () => ciam.url;

  beforeAll(async () => {
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    ciam = await startCiam({
      environment: { PORT: String(port), ISSUER: issuer },
      applications: [
        anApplication(),
        ...['support', 'reporting', 'role:support'].map((client_id) =>
          anApplication({
            client_id,
            client_secret: `the-secret-of-the-${client_id}`,
            type: 'm2m',
            grant_types: ['client_credentials'],
            scopes: client_id === 'support' ? ['orders', 'role:support'] : ['orders'],
          }),
        ),
      ],
    });
    ciam.app.getHttpServer().on('request', ({ url: path }: { url: string }) => {
      if (path === '/oauth2/jwks') keySets++;
    });
    const module = await Test.createTestingModule({
      imports: [ResourceServerModule.forRoot({ issuer, audience: [CLIENT_ID, 'support', 'reporting'] })],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await app.close();
    await ciam.close();
  });

  const ask = async (method: string, path: string, token?: string) => {
    const headers = new Headers(token === undefined ? [] : [['Authorization', `Bearer ${token}`]]);
    const response = await fetch(url + path, { method, headers });
    const text = await response.text();
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };

  const clientToken = async (client: { client_id: string; client_secret: string }) => {
    const response = await ciam.token({ grant_type: 'client_credentials', ...client });
    return ((await response.json()) as { access_token: string }).access_token;
  };

  it('lets a user in, with the keys fetched once', async () => {
    for (const user of ['alice', 'bob', 'alice']) {
      const { access_token } = await ciam.loginAs(user);
      expect(await ask('GET', '/orders', access_token)).toEqual({ status: 200, challenge: null, body: [] });
    }
    expect(keySets).toBe(1);
  });

  it('lets nobody in without an access token', async () => {
    const { id_token, access_token } = await ciam.loginAs('alice');
    expect(await ask('GET', '/orders')).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
    for (const token of [id_token, `${access_token.slice(0, -4)}AAAA`, 'nonsense']) {
      expect(await ask('GET', '/orders', token)).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="api", error="invalid_token"',
      });
    }
  });

  it('lets whoever has the role do what needs it, and nobody else', async () => {
    const { access_token } = await ciam.loginAs('alice');
    expect(await ask('DELETE', '/orders/7', access_token)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="api", error="insufficient_scope", scope="orders"',
    });
    const reporting = { client_id: 'reporting', client_secret: 'the-secret-of-the-reporting' };
    expect((await ask('DELETE', '/orders/7', await clientToken(reporting))).status).toBe(403);
    expect((await ask('DELETE', '/orders/7', await clientToken(SUPPORT))).status).toBe(204);
  });

  it('reads roles from another claim, if it is told to', async () => {
    const guard = new AccessTokenGuard({
      issuer: ISSUER(),
      audience: ['role:support', 'support'],
      roleClaim: 'aud',
    });
    const allows = async (client_id: string) => {
      const token = await clientToken({ client_id, client_secret: `the-secret-of-the-${client_id}` });
      const request = { headers: { authorization: `Bearer ${token}` } };
      const context = {
        getHandler: () => Reflect.get(OrdersController.prototype, 'cancel') as () => void,
        getClass: () => OrdersController,
        switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({ set: () => undefined }) }),
      } as unknown as ExecutionContext;
      return guard.canActivate(context).catch((error: Error) => error.name);
    };
    expect(await allows('role:support')).toBe(true);
    expect(await allows('support')).toBe('ForbiddenException');
  });
});
