import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { isUnreachable } from '../database/database-errors.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { IdempotencyKey } from '../idempotency/idempotency-key.js';
import {
  IdempotencyKeyReused,
  IdempotentRequests,
  TakenOver,
  type Attempt,
} from '../idempotency/idempotent-requests.service.js';
import { type LoginAttempt } from './failed-logins.js';
import { answerAgain, refusedFor, type LoginOutcome } from './login-outcome.js';
import { type LoginJournal, type Vouched, type Written } from './login-journal.js';
import { type OAuthParameters } from './oauth-parameters.js';
import { toOAuthError } from './oauth-exception.filter.js';
import { InvalidRequest, ReusedIdempotencyKey, ServerError, TemporarilyUnavailable } from './oauth.errors.js';
import { type TokenResponse } from './token-response.js';

/** Visible ASCII; enough of it to be as good as random. */
const KEY = /^[!-~]{16,255}$/;
/** How long somebody waits for the attempt that came first, and how often he looks. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;
const RETRY_AFTER_S = 1;

/** A login of a client that may send it again. */
export interface RepeatableLogin {
  /** The `Idempotency-Key` header. */
  readonly key: string;
  readonly clientId: string;
  readonly parameters: OAuthParameters;
}

/**
 * Logins with an `Idempotency-Key`: however often one is sent within a minute, and to whichever instance, it is carried
 * out once and answered alike.
 */
@Injectable()
export class RepeatableLogins {
  private readonly logger = new Logger('RepeatableLogins');

  constructor(
    private readonly requests: IdempotentRequests,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * The answer of an earlier attempt, or what `login` comes to.
   *
   * What was sent to WeChat is not sent again: an attempt whose outcome is unknown is answered with 503 until the key
   * may be used anew. What WeChat has said is kept before it is written, so an attempt that failed there goes on.
   *
   * @param login signs in and answers, keeping a journal
   * @throws InvalidRequest when it is no such key; ReusedIdempotencyKey, TemporarilyUnavailable, or whatever `login` throws
   */
  async answer(
    { key, clientId, parameters }: RepeatableLogin,
    attempt: LoginAttempt,
    login: (journal: LoginJournal) => Promise<TokenResponse>,
  ): Promise<TokenResponse> {
    if (!KEY.test(key)) throw InvalidRequest.invalid('Idempotency-Key');
    const named = new IdempotencyKey(clientId, key);
    const content = contentOf(parameters);
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const claim = await this.requests.claim(named, content).catch(inOAuthsWords);
      if (claim.state === 'mine') {
        const response = await this.carryOut(claim.attempt, login);
        if (response) return response;
      } else if (claim.state === 'done') {
        attempt.repeated = true;
        return answerAgain(JSON.parse(claim.outcome) as LoginOutcome);
      } else {
        if (claim.state === 'lost') throw unavailable('what the attempt before came to is not known');
        if (performance.now() >= deadline) throw unavailable('the attempt before is not over');
        await delay(LOOK_EVERY_MS);
      }
    }
  }

  /** @returns nothing when another attempt has taken the request over */
  private async carryOut(
    attempt: Attempt,
    login: (journal: LoginJournal) => Promise<TokenResponse>,
  ): Promise<TokenResponse | undefined> {
    const journal = new Journal(this.requests, attempt);
    try {
      const response = await login(journal);
      // Without it, the next attempt signs anew for what has been written.
      await this.settled(() => this.finish(attempt, { response }));
      return response;
    } catch (error) {
      if (error instanceof TakenOver) return undefined;
      await this.settle(attempt, journal, error);
      throw error;
    } finally {
      this.requests.end(attempt);
    }
  }

  /** Says what the next attempt shall find. */
  private async settle(attempt: Attempt, journal: Journal, failure: unknown): Promise<void> {
    // Nobody is to wait for the same database twice.
    if (isUnreachable(failure)) return;
    const error = toOAuthError(failure);
    const isFault = error instanceof ServerError || error instanceof TemporarilyUnavailable;
    const isFresh = error instanceof TemporarilyUnavailable && error.nothingSpent && !journal.isSpent;
    await this.settled(() => {
      if (isFault && journal.hasProgress) return this.requests.giveUp(attempt);
      return isFresh ? this.requests.release(attempt) : this.finish(attempt, refusedFor(error));
    });
  }

  /** Never throws: the caller is owed what the login itself has come to. */
  private async settled(keep: () => Promise<void>): Promise<void> {
    try {
      await keep();
    } catch (error) {
      this.logger.error(new Error('What a login came to could not be kept', { cause: error }));
    }
  }

  private finish(attempt: Attempt, outcome: LoginOutcome): Promise<void> {
    return this.unitOfWork.run((manager) => this.requests.finish(manager, attempt, JSON.stringify(outcome)));
  }
}

/** What an attempt has come to, as it is kept. */
type Progress = { readonly vouched: Vouched } | { readonly written: Written };

class Journal implements LoginJournal {
  vouched: Vouched | undefined;
  readonly written: Written | undefined;
  isSpent = false;

  constructor(
    private readonly requests: IdempotentRequests,
    private readonly attempt: Attempt,
  ) {
    Object.assign(this, JSON.parse(attempt.progress ?? '{}') as Progress);
  }

  get hasProgress(): boolean {
    return this.vouched !== undefined || this.written !== undefined;
  }

  spent(): void {
    this.isSpent = true;
  }

  async vouch(vouched: Vouched): Promise<void> {
    this.vouched = vouched;
    const progress: Progress = { vouched };
    await this.requests.keepProgress(this.attempt, JSON.stringify(progress));
  }

  async write(manager: EntityManager, written: Written): Promise<void> {
    const progress: Progress = { written };
    await this.requests.progress(manager, this.attempt, JSON.stringify(progress));
  }
}

/** All that makes it this request and no other: its parameters, in whichever order. */
function contentOf({ values }: OAuthParameters): string {
  return JSON.stringify([...values].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function inOAuthsWords(error: unknown): never {
  throw error instanceof IdempotencyKeyReused ? new ReusedIdempotencyKey() : error;
}

function unavailable(why: string): TemporarilyUnavailable {
  return new TemporarilyUnavailable('Service unavailable', RETRY_AFTER_S, new Error(why));
}
