import { Body, Controller, Get, Logger, Module, Post, Req } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Request } from 'express';
import { configureApp } from './configure-app.js';
import { ConfigModule, ENVIRONMENT } from './config/config.module.js';
import { JsonLogger } from './logging/json-logger.js';

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

@Module({ imports: [ConfigModule], controllers: [EchoController] })
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
