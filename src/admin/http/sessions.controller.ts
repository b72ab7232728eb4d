import { Delete, Get, HttpCode, Param } from '@nestjs/common';
import { type Operator } from '../operator.js';
import { SessionAdministration, type SessionAnswer } from '../session-administration.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { PageQuery, UUID, pageAnswer, pageRequest } from '../page-query.js';
import { RequestOperator } from './request-operator.js';

/** A user's sessions: refresh-token families that are not over. */
@AdminController('users/:user_id/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionAdministration) {}

  @Get()
  @QueryType(PageQuery)
  @NotStored()
  async list(@Param('user_id') userId: string, @AdminQuery() query: PageQuery) {
    return pageAnswer(await this.sessions.list(userId, pageRequest(query, UUID)));
  }

  @Delete()
  @HttpCode(204)
  @NotStored()
  endAll(@Param('user_id') userId: string, @RequestOperator() operator: Operator): Promise<void> {
    return this.sessions.endAll(userId, operator);
  }

  @Get(':id')
  @NotStored()
  read(@Param('user_id') userId: string, @Param('id') id: string): Promise<SessionAnswer> {
    return this.sessions.read(userId, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @NotStored()
  end(
    @Param('user_id') userId: string,
    @Param('id') id: string,
    @RequestOperator() operator: Operator,
  ): Promise<void> {
    return this.sessions.end(userId, id, operator);
  }
}
