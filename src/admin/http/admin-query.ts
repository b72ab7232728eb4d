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
  const names = Object.keys(query);
  const unknown = names.map((property) => ({ property, message: 'unknown parameter' }));
  if (type === undefined) {
    if (unknown.length > 0) throw new SettingsRefused(unknown);
    return {};
  }
  const repeated = names.filter((property) => Array.isArray(query[property]));
  if (repeated.length > 0) {
    throw new SettingsRefused(repeated.map((property) => ({ property, message: 'is repeated' })));
  }
  const named = Object.entries(query).map(([name, value]) => [name, value === '' ? undefined : value]);
  const instance = plainToInstance(type, Object.fromEntries(named));
  const problems = [
    // The transformer leaves out what every object has a method for, such as `toString`.
    ...unknown.filter(({ property }) => !Object.hasOwn(instance, property)),
    ...validationProblems(instance).map(({ property, message }) => ({
      property,
      message: message === 'unknown field' ? 'unknown parameter' : message,
    })),
  ];
  if (problems.length > 0) throw new SettingsRefused(problems);
  return instance;
}
