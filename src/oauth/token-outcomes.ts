import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ClientSecretsBusy } from '../applications/client-secrets-busy.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { FailedLogins, type LoginAttempt } from './failed-logins.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { toOAuthError } from './oauth-exception.filter.js';
import { InvalidClient } from './oauth.errors.js';

/** What becomes of token requests: counts logins and refreshes, and has failed logins recorded. */
@Injectable()
export class TokenOutcomes {
  private readonly logins: Counter<'outcome' | 'auth_source_id'>;
  private readonly refreshes: Counter<'outcome'>;
  private readonly repetitions: Counter<'outcome'>;

  constructor(
    private readonly grants: GrantRegistry,
    private readonly failedLogins: FailedLogins,
    registry: MetricsRegistry,
  ) {
    const registers = [registry];
    this.logins = new Counter({
      name: 'ciam_logins_total',
      help: 'Logins by outcome, success or the OAuth error, and by auth source',
      labelNames: ['outcome', 'auth_source_id'],
      registers,
    });
    this.repetitions = new Counter({
      name: 'ciam_login_repetitions_total',
      help: 'Logins that were sent again with their Idempotency-Key and answered as before, by outcome',
      labelNames: ['outcome'],
      registers,
    });
    this.refreshes = new Counter({
      name: 'ciam_refreshes_total',
      help: 'Uses of refresh tokens by outcome, success or the OAuth error',
      labelNames: ['outcome'],
      registers,
    });
  }

  succeeded(attempt: LoginAttempt): void {
    this.count(attempt, 'success');
  }

  /** Never throws: the caller is owed the request's own error. */
  async failed(attempt: LoginAttempt, error: unknown): Promise<void> {
    if (error instanceof InvalidClient || error instanceof ClientSecretsBusy)
      attempt.clientId = error.clientId;
    this.count(attempt, toOAuthError(error).error);
    if (this.grants.isLogin(attempt.grantType) && !attempt.repeated)
      await this.failedLogins.record(attempt, error);
  }

  private count({ grantType, authSourceId, repeated }: LoginAttempt, outcome: string): void {
    if (repeated) {
      this.repetitions.inc({ outcome });
      return;
    }
    // An auth source that the caller has named is known only once it was found.
    if (this.grants.isLogin(grantType))
      this.logins.inc({ outcome, auth_source_id: authSourceId ?? 'unknown' });
    if (grantType === 'refresh_token') this.refreshes.inc({ outcome });
  }
}
