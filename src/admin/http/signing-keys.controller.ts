import { Get, HttpCode, Post } from '@nestjs/common';
import { KeyAdministration } from '../key-administration.js';
import { type Operator } from '../operator.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { PageQuery, UUID, pageAnswer, pageRequest } from '../page-query.js';
import { RequestOperator } from './request-operator.js';

@AdminController('signing-keys')
export class SigningKeysController {
  constructor(private readonly keys: KeyAdministration) {}

  @Get()
  @QueryType(PageQuery)
  @NotStored()
  async list(@AdminQuery() query: PageQuery) {
    return pageAnswer(await this.keys.list(pageRequest(query, UUID)));
  }

  @Post('rotate')
  @HttpCode(200)
  @NotStored()
  rotate(@RequestOperator() operator: Operator) {
    return this.keys.rotate(operator);
  }
}
