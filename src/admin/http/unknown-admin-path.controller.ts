import { All, Controller, UseFilters } from '@nestjs/common';
import { UnknownResource } from '../administration.errors.js';
import { ADMIN_PATH } from './admin-controller.js';
import { AdminExceptionFilter } from './admin-exception.filter.js';

/** Answers what no other controller of the admin API takes: paths that there are not, and other methods. */
@Controller(ADMIN_PATH)
@UseFilters(AdminExceptionFilter)
export class UnknownAdminPathController {
  @All(['', '{*path}'])
  unknown(): never {
    throw new UnknownResource();
  }
}
