import { Delete, Get, Headers, HttpCode, Param, Patch, Res } from '@nestjs/common';
import { type Response } from 'express';
import { type Operator } from '../operator.js';
import { UUID, pageAnswer, pageRequest } from '../page-query.js';
import { UserAdministration } from '../user-administration.js';
import { UserChange } from '../user-change.js';
import { UserQuery } from '../user-query.js';
import { AdminBody } from './admin-body.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { RequestOperator } from './request-operator.js';
import { answerResource } from './resource-answer.js';

@AdminController('users')
export class UsersController {
  constructor(private readonly users: UserAdministration) {}

  @Get()
  @QueryType(UserQuery)
  @NotStored()
  async list(@AdminQuery() query: UserQuery) {
    const { phone_number: phoneNumber, openid, unionid, status } = query;
    return pageAnswer(
      await this.users.list({ phoneNumber, openid, unionid, status }, pageRequest(query, UUID)),
    );
  }

  @Get(':id')
  async read(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { answer, etag } = await this.users.read(id);
    answerResource(response, 200, answer, etag);
  }

  @Patch(':id')
  async change(
    @Param('id') id: string,
    @AdminBody({ type: UserChange, nulls: 'cleared' }) change: UserChange,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
    @Res() response: Response,
  ): Promise<void> {
    const { answer, etag } = await this.users.change(id, change, ifMatch, operator);
    answerResource(response, 200, answer, etag);
  }

  @Delete(':id')
  @HttpCode(204)
  @NotStored()
  remove(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @RequestOperator() operator: Operator,
  ): Promise<void> {
    return this.users.remove(id, ifMatch, operator);
  }
}
