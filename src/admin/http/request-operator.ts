import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { requesterOf } from '../../audit/requester.js';
import { type Operator } from '../operator.js';

/** Who sends the request, for the audit. */
export const RequestOperator = createParamDecorator((_: unknown, context: ExecutionContext): Operator => ({
  by: 'admin API',
  ...requesterOf(context.switchToHttp().getRequest<Request>()),
}));
