import { type AddressInfo } from 'node:net';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AccessTokenGuard, RequireScope } from '../../examples/resource-server/src/access-token.guard.js';

export interface ResourceServer {
  /** `GET path` with this `Authorization`: the answer, with its challenge. */
  get(
    path: string,
    authorization?: string,
  ): Promise<{ status: number; challenge: string | null; body: unknown }>;
  close(): Promise<void>;
}

/**
 * Starts a resource server that is guarded as the example is. Its handlers answer with the token's claims: `/account`
 * needs no scope, `/orders` needs `orders` as its controller does, `/orders/phone` needs `phone` instead.
 */
export async function startResourceServer(issuer: string, audience: string[]): Promise<ResourceServer> {
  @Controller('account')
  class AccountController {
    @Get()
    account(@Req() { accessToken }: { accessToken: object }): object {
      return accessToken;
    }
  }

  @Controller('orders')
  @RequireScope('orders')
  class OrdersController {
    @Get()
    orders(@Req() { accessToken }: { accessToken: object }): object {
      return accessToken;
    }

    @Get('phone')
    @RequireScope('phone')
    phone(@Req() { accessToken }: { accessToken: object }): object {
      return accessToken;
    }
  }

  @Module({ controllers: [AccountController, OrdersController] })
  class ResourceModule {}

  const module = await Test.createTestingModule({ imports: [ResourceModule] }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  app.useGlobalGuards(new AccessTokenGuard({ issuer, audience }));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    get: async (path, authorization) => {
      const headers = authorization === undefined ? undefined : { Authorization: authorization };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      const challenge = response.headers.get('www-authenticate');
      return { status: response.status, challenge, body: await response.json() };
    },
    close: () => app.close(),
  };
}
