import {
  Injectable,
  createParamDecorator,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { plainToInstance } from 'class-transformer';
import { type Request } from 'express';
import { type Observable } from 'rxjs';
import { SettingsRefused } from '../../database/settings.js';
import { validationProblems } from '../../database/validation-problems.js';

interface CheckedRequest extends Request {
  checkedQuery?: object;
}

/** The class that an endpoint's query is an instance of; without it, the endpoint has no query. */
export const QueryType = Reflector.createDecorator<Type<object>>();

/** The request's query, checked. */
export const AdminQuery = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<CheckedRequest>().checkedQuery,
);

/**
 * Checks every query. An empty parameter counts as absent, one that is unknown or repeated is refused.
 *
 * @throws SettingsRefused naming each wrong parameter
 */
@Injectable()
export class QueryInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<CheckedRequest>();
    request.checkedQuery = checked(request.query, this.reflector.get(QueryType, context.getHandler()));
    return next.handle();
  }
}

function checked(query: Request['query'], type: Type<object> | undefined): object {
  const named = Object.entries(query).filter(([, value]) => value !== '');
  const wrong = named.filter(([, value]) => type === undefined || Array.isArray(value));
  if (wrong.length > 0) {
    const message = type === undefined ? 'unknown parameter' : 'is repeated';
    throw new SettingsRefused(wrong.map(([property]) => ({ property, message })));
  }
  if (type === undefined) return {};
  const instance = plainToInstance(type, Object.fromEntries(named));
  const problems = validationProblems(instance).map(({ property, message }) => ({
    property,
    message: message === 'unknown field' ? 'unknown parameter' : message,
  }));
  if (problems.length > 0) throw new SettingsRefused(problems);
  return instance;
}
