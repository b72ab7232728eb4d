import { Delete, Get, Headers, HttpCode, Param, Patch, Res } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type Response } from 'express';
import { USER_STATUSES, type UserStatus } from '../../users/user.entity.js';
import { type Operator } from '../operator.js';
import { UserAdministration } from '../user-administration.js';
import { UserChange } from '../user-change.js';
import { AdminBody } from './admin-body.js';
import { AdminController, NotStored } from './admin-controller.js';
import { AdminQuery, QueryType } from './admin-query.js';
import { PageQuery, UUID, pageAnswer, pageRequest } from './page-query.js';
import { RequestOperator } from './request-operator.js';
import { answerResource } from './resource-answer.js';

const SUBJECT = /^[!-~]{1,128}$/;
const subject = { message: '$property must be 1 to 128 printable ASCII characters without spaces' };

/** Whom an operator looks for. */
export class UserQuery extends PageQuery {
  /** E.164; a plus sign that was not escaped is a space. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.replace(/^ /, '+') : value,
  )
  @Matches(/^\+[1-9]\d{5,14}$/, { message: '$property must be an E.164 number such as +8613800138000' })
  phone_number?: string;

  @IsOptional()
  @Matches(SUBJECT, subject)
  openid?: string;

  @IsOptional()
  @Matches(SUBJECT, subject)
  unionid?: string;

  @IsOptional()
  @IsIn(USER_STATUSES)
  status?: UserStatus;
}

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
