import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { USER_STATUSES, type UserStatus } from '../users/user.entity.js';
import { PageQuery } from './page-query.js';

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
