import { Body, Controller, Get, Logger, Module, Post, Req } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Request } from 'express';
import { configureApp } from './configure-app.js';
import { ConfigModule, ENVIRONMENT } from './config/config.module.js';
import { JsonLogger } from './logging/json-logger.js';
import { MetricsModule } from './metrics/metrics.module.js';

@Controller()
class EchoController {
  @Get('address')
  address(@Req() request: Request): object {
    return { address: request.ip };
  }

  @Post('body')
  body(@Body() body: unknown): object {
    return { read: body !== undefined };
  }

  @Get('failure')
  failure(): never {
    throw new Error('on purpose');
  }
}

@Module({ imports: [ConfigModule, MetricsModule], controllers: [EchoController] })
class EchoModule {}

describe('configureApp', () => {
  const lines: string[] = [];
  let app: NestExpressApplication;
  let url: string;

  beforeAll(async () => {
    const { Test } = await import('@nestjs/testing');
    const environment = { ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'), TRUST_PROXY: '1' };
    const module = await Test.createTestingModule({ imports: [EchoModule] })
      .overrideProvider(ENVIRONMENT)
      .useValue(environment)
      .compile();
    app = module.createNestApplication<NestExpressApplication>({
      bodyParser: false,
      logger: new JsonLogger('info', { write: (line) => void lines.push(line) }),
    });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  beforeEach(() => lines.splice(0));
  afterAll(async () => {
    await app.close();
    Logger.overrideLogger(false);
  });

  /** The lines of the requests that are over; a line is written as the connection is told so. */
  async function requestLines(count: number): Promise<unknown[]> {
    for (;;) {
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const requests = parsed.filter(({ context }) => context === 'Request');
      if (requests.length >= count) return requests;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it.each([
    ['GET', '/address', 200],
    ['GET', '/failure', 500],
    ['GET', '/nowhere', 404],
    ['GET', '/%FF', 404],
    ['DELETE', '/address', 404],
  ])('%s %s carries nosniff and neither X-Powered-By nor an ETag', async (method, path, status) => {
    const response = await fetch(url + path, { method });
    const { headers } = response;
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect([headers.get('x-powered-by'), headers.get('etag')]).toEqual([null, null]);
  });

  it('takes the client address from as many proxies as are trusted', async () => {
    const response = await fetch(`${url}/address`, {
      headers: { 'X-Forwarded-For': '192.0.2.1, 198.51.100.7' },
    });
    expect(await response.json()).toEqual({ address: '198.51.100.7' });
  });

  it('leaves the body to the endpoint', async () => {
    const response = await fetch(`${url}/body`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(await response.json()).toEqual({ read: false });
  });

  describe('X-Request-Id', () => {
    async function idOf(given?: string): Promise<string | null> {
      const response = await fetch(
        `${url}/address`,
        given === undefined ? {} : { headers: { 'X-Request-Id': given } },
      );
      await response.arrayBuffer();
      return response.headers.get('x-request-id');
    }

    it.each(['7', 'a'.repeat(128), 'Root=1-67891233-abcdef:A/b+c_d.e@f'])(
      'is kept when it is %s',
      async (id) => {
        expect(await idOf(id)).toBe(id);
        expect(await requestLines(1)).toMatchObject([{ request_id: id }]);
      },
    );

    it.each([undefined, '', 'a'.repeat(129), 'a b', 'a"b', 'a,b', 'a<b>', '\u00e4', '${x}'])(
      'is a new UUID when it is %j',
      async (id) => {
        const [one, two] = [await idOf(id), await idOf(id)];
        expect(one).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(two).not.toBe(one);
        expect(await requestLines(2)).toMatchObject([{ request_id: one }, { request_id: two }]);
      },
    );

    it('is in what is logged of the failure of its request, and in nothing else', async () => {
      const response = await fetch(`${url}/failure`, { headers: { 'X-Request-Id': 'failing' } });
      expect(response.headers.get('x-request-id')).toBe('failing');
      await requestLines(1);
      const failure = lines.map((line) => JSON.parse(line) as object).find((line) => 'err' in line);
      expect(failure).toMatchObject({
        request_id: 'failing',
        level: 'error',
        err: { message: 'on purpose' },
      });
      new Logger('Elsewhere').log('not a request');
      expect(JSON.parse(lines.at(-1)!)).not.toHaveProperty('request_id');
    });
  });

  it('logs a line per request, without its query string, headers and body', async () => {
    const response = await fetch(`${url}/body?js_code=SECRET-IN-QUERY`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Basic SECRET-IN-HEADER' },
      body: '{"client_secret":"SECRET-IN-BODY"}',
    });
    await response.arrayBuffer();
    expect(await requestLines(1)).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        pid: process.pid,
        request_id: response.headers.get('x-request-id'),
        context: 'Request',
        method: 'POST',
        path: '/body',
        status: 201,
        duration_ms: expect.any(Number),
        address: '127.0.0.1',
      },
    ]);
    expect(lines.join('')).not.toContain('SECRET');
  });

  it('writes one line per request, whatever its path is made of', async () => {
    await (await fetch(`${url}/%0A%7B%22level%22:%22fatal%22%7D%1B[31m\u2028`)).arrayBuffer();
    expect(await requestLines(1)).toMatchObject([
      { path: '/%0A%7B%22level%22:%22fatal%22%7D%1B[31m%E2%80%A8', status: 404 },
    ]);
    expect(lines.filter((line) => line.includes('fatal'))).toHaveLength(1);
  });

  it('cuts a path short that is longer than any of ours', async () => {
    await (await fetch(`${url}/${'x'.repeat(5000)}`)).arrayBuffer();
    expect(await requestLines(1)).toMatchObject([{ path: `/${'x'.repeat(255)}`, status: 404 }]);
  });
});
