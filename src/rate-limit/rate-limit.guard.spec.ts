import {
  Catch,
  Controller,
  Get,
  Module,
  Post,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { type Response } from 'express';
import { ConfigModule, ENVIRONMENT } from '../config/config.module.js';
import { configureApp } from '../configure-app.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimitModule } from './rate-limit.module.js';
import { TooManyRequests } from './too-many-requests.js';

@Catch(TooManyRequests)
class RefusalFilter implements ExceptionFilter {
  catch({ message, retryAfter }: TooManyRequests, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(429).json({ message, retryAfter });
  }
}

@Controller('token')
@UseGuards(RateLimitGuard)
@UseFilters(RefusalFilter)
class TokenController {
  @Post()
  token(): object {
    return { token: true };
  }
}

@Controller('revoke')
@UseGuards(RateLimitGuard)
@UseFilters(RefusalFilter)
class RevocationController {
  @Post()
  revoke(): object {
    return { revoked: true };
  }
}

@Controller('keys')
class KeysController {
  @Get()
  keys(): object {
    return { keys: [] };
  }
}

@Module({
  imports: [ConfigModule, RateLimitModule],
  controllers: [TokenController, RevocationController, KeysController],
})
class LimitedModule {}

describe('RateLimitGuard', () => {
  let app: NestExpressApplication | undefined;
  afterEach(() => app?.close());

  async function listen(environment: Record<string, string>): Promise<string> {
    const module = await Test.createTestingModule({ imports: [LimitedModule] })
      .overrideProvider(ENVIRONMENT)
      .useValue({
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
        TRUST_PROXY: 'true',
        ...environment,
      })
      .compile();
    app = module.createNestApplication<NestExpressApplication>({ bodyParser: false });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  }

  async function post(url: string, address: string): Promise<number> {
    const response = await fetch(url, { method: 'POST', headers: { 'X-Forwarded-For': address } });
    await response.arrayBuffer();
    return response.status;
  }

  it('refuses what is over the limit, and says when to come back', async () => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '2' });
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
    const refused = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { 'X-Forwarded-For': '192.0.2.1' },
    });
    expect(refused.status).toBe(429);
    const body = (await refused.json()) as { retryAfter: number };
    expect(body).toEqual({ message: 'Too many requests', retryAfter: expect.any(Number) });
    expect(Number.isInteger(body.retryAfter) && body.retryAfter >= 1 && body.retryAfter <= 60).toBe(true);
    expect([...refused.headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([]);
  });

  it('counts each client and each endpoint apart, and not what is not guarded', async () => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(429);
    expect(await post(`${url}/token`, '192.0.2.2')).toBe(201);
    expect(await post(`${url}/revoke`, '192.0.2.1')).toBe(201);
    for (let i = 0; i < 3; i++) expect((await fetch(`${url}/keys`)).status).toBe(200);
  });

  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1', 429],
    ['::ffff:c000:201', '192.0.2.1', 429],
    ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::9', 429],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', 201],
  ])('after one request from %s answers %s with %i', async (first, second, status) => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await post(`${url}/token`, first)).toBe(201);
    expect(await post(`${url}/token`, second)).toBe(status);
  });

  it('believes no forwarded address unless the proxy is trusted', async () => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: 'false' });
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
    expect(await post(`${url}/token`, '192.0.2.2')).toBe(429);
  });

  it('refuses before the body has arrived', async () => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
    const unfinished = new ReadableStream({ start: (body) => body.enqueue(Buffer.from('grant_type=')) });
    const refused = await fetch(`${url}/token`, {
      method: 'POST',
      headers: { 'X-Forwarded-For': '192.0.2.1' },
      body: unfinished,
      duplex: 'half',
    });
    expect(refused.status).toBe(429);
    await refused.body?.cancel();
  });

  it('is off at 0, and leaves Redis alone then', async () => {
    const url = await listen({ RATE_LIMIT_PER_MINUTE: '0', REDIS_URL: 'redis://192.0.2.1' });
    for (let i = 0; i < 5; i++) expect(await post(`${url}/token`, '192.0.2.1')).toBe(201);
  });
});
