import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';
import { IsIdentifier } from '../database/identifier.js';
import { IsE164 } from '../database/phone-number.js';
import { USER_STATUSES, type UserStatus } from '../users/user.entity.js';
import { PageQuery } from './page-query.js';

/** Whom an operator looks for. */
export class UserQuery extends PageQuery {
  /** E.164; a plus sign that was not escaped is a space. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.replace(/^ /, '+') : value,
  )
  @IsE164()
  phone_number?: string;

  @IsOptional()
  @IsIdentifier()
  openid?: string;

  @IsOptional()
  @IsIdentifier()
  unionid?: string;

  @IsOptional()
  @IsIn(USER_STATUSES)
  status?: UserStatus;
}
