import { Controller, Header, UseFilters, UseGuards, UseInterceptors, applyDecorators } from '@nestjs/common';
import { AdminExceptionFilter } from './admin-exception.filter.js';
import { QueryInterceptor } from './admin-query.js';
import { AdminTokenGuard } from './admin-token.guard.js';

/** Where the admin API is. */
export const ADMIN_PATH = '/admin/v1';

/** A controller of the admin API: for whoever has the admin token, with problem details for whatever goes wrong. */
export function AdminController(path: string): ClassDecorator {
  return applyDecorators(
    Controller(`${ADMIN_PATH}/${path}`),
    UseGuards(AdminTokenGuard),
    UseInterceptors(QueryInterceptor),
    UseFilters(AdminExceptionFilter),
  );
}

/** The answer says what is so now. */
export function NotStored(): MethodDecorator {
  return Header('Cache-Control', 'no-store');
}
