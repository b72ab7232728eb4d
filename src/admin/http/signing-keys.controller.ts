import { Get, HttpCode, Post } from '@nestjs/common';
import { KeyAdministration } from '../key-administration.js';
import { type Operator } from '../operator.js';
import { AdminController, NotStored } from './admin-controller.js';
import { QueryType } from './admin-query.js';
import { PageQuery, pageAnswer } from './page-query.js';
import { RequestOperator } from './request-operator.js';

@AdminController('signing-keys')
export class SigningKeysController {
  constructor(private readonly keys: KeyAdministration) {}

  /** All of them: there are few. */
  @Get()
  @QueryType(PageQuery)
  @NotStored()
  async list() {
    return pageAnswer({ items: await this.keys.list() });
  }

  @Post('rotate')
  @HttpCode(200)
  @NotStored()
  rotate(@RequestOperator() operator: Operator) {
    return this.keys.rotate(operator);
  }
}
