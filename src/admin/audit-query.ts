import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';
import { AUDIT_EVENT_TYPES, type AuditEventType } from '../audit/audit-event-types.js';
import { IsIdentifier } from '../database/identifier.js';
import { IsMoment } from './moment.js';
import { PageQuery } from './page-query.js';

/** The plus sign of an offset that was not escaped is a space. */
function EscapedOffset(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.replace(/ (\d\d:\d\d)$/, '+$1') : value,
  );
}

/** Which events an operator looks for. */
export class AuditQuery extends PageQuery {
  @IsOptional()
  @IsIdentifier()
  user_id?: string;

  @IsOptional()
  @IsIdentifier()
  client_id?: string;

  @IsOptional()
  @IsIn(AUDIT_EVENT_TYPES)
  type?: AuditEventType;

  /** The first moment. */
  @IsOptional()
  @EscapedOffset()
  @IsMoment()
  from?: string;

  /** The moment after the last one. */
  @IsOptional()
  @EscapedOffset()
  @IsMoment()
  to?: string;
}
