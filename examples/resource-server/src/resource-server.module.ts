import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessTokenGuard, type AccessTokenOptions } from './access-token.guard.js';
import { OrdersController } from './orders.controller.js';

/** Every route needs an access token. */
@Module({ controllers: [OrdersController] })
export class ResourceServerModule {
  static forRoot(options: AccessTokenOptions): DynamicModule {
    const guard = { provide: APP_GUARD, useFactory: () => new AccessTokenGuard(options) };
    return { module: ResourceServerModule, providers: [guard] };
  }
}
