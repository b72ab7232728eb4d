import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { isUnreachable } from '../database/database-errors.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { TooManyRequests } from '../rate-limit/too-many-requests.js';
import { reason, toOAuthError } from './oauth-exception.filter.js';
import { type Requester } from '../audit/requester.js';

/** A login as far as it has come: filled in step by step, so that a failure can be told with all that was known. */
export interface LoginAttempt extends Requester {
  readonly grantType: string;
  clientId?: string;
  authSourceId?: string;
  userId?: string;
  /** The request was answered before, and that has been recorded. */
  repeated?: boolean;
}

/**
 * Records logins that failed: what the caller was told, and what it was not. Without the database there is no record.
 */
@Injectable()
export class FailedLogins {
  private readonly logger = new Logger('FailedLogins');

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditService,
  ) {}

  /** Never throws: the caller is owed the login's own error. */
  async record(attempt: LoginAttempt, failure: unknown): Promise<void> {
    // Nobody is to wait for the same database twice.
    if (isUnreachable(failure)) return;
    // What is refused for being too much must not cost more than what is not.
    if (failure instanceof TooManyRequests) return;
    const error = toOAuthError(failure);
    try {
      await this.unitOfWork.add((rows) =>
        this.audit.record(rows, 'login_failed', attempt, {
          grant_type: attempt.grantType,
          error: error.error,
          error_description: error.description,
          ...(error.cause === undefined ? {} : { reason: reason(error) }),
        }),
      );
    } catch (unrecorded) {
      this.logger.error(new Error('A failed login could not be recorded', { cause: unrecorded }));
    }
  }
}
