import { Controller, Delete, Get, HttpCode, Param, Req } from '@nestjs/common';
import { RequireRole, RequireScope, type AuthorizedRequest } from './access-token.guard.js';

interface Order {
  readonly id: string;
  /** The `sub` of whoever has ordered. */
  readonly owner: string;
}

@Controller('orders')
@RequireScope('openid')
export class OrdersController {
  private readonly orders = new Map<string, Order>();

  /** The caller's own. */
  @Get()
  list(@Req() { accessToken }: AuthorizedRequest): Order[] {
    return [...this.orders.values()].filter(({ owner }) => owner === accessToken.sub);
  }

  /** Anybody's. */
  @Delete(':id')
  @RequireScope('orders')
  @RequireRole('support')
  @HttpCode(204)
  cancel(@Param('id') id: string): void {
    this.orders.delete(id);
  }
}
