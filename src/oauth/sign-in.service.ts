import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { hasRefreshTokens, type Application } from '../applications/application.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { maskPhoneNumber } from '../audit/phone-number.js';
import { mapAttributes } from '../auth-sources/attribute-mapping.js';
import { type AuthSource } from '../auth-sources/auth-source.entity.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { assertIdentities, assertUserId } from '../users/identity.js';
import { type User } from '../users/user.entity.js';
import { UsersService, type ResolvedUser } from '../users/users.service.js';
import { assertNormal, type Authorization } from './authorization.js';
import { type ExternalSignIn, type UserSignIn } from './grants/grant-strategy.js';
import { type LoginAttempt } from './failed-logins.js';
import { type LoginJournal, type Vouched, type Written } from './login-journal.js';
import { InvalidGrant } from './oauth.errors.js';
import { SessionStanding } from './session-standing.js';

/** What a login is for. */
export interface LoginRequest {
  readonly application: Application;
  readonly authSource: AuthSource;
  readonly scopes: readonly string[];
}

/** Signs somebody in whom an auth source has vouched for, or a user whom the strategy knows. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersService,
    private readonly refreshTokens: RefreshTokensService,
    private readonly standing: SessionStanding,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Finds the user, or creates one who has never been here, and writes what the source says of the person; all of it,
   * or nothing.
   *
   * @param journal of a login that may be repeated
   * @throws InvalidGrant when the user is locked or frozen, or nobody is known who must be; then the profile was not
   * asked for
   * @throws InvalidClient, InvalidAuthSource when the application or the auth source has been disabled meanwhile
   */
  async complete(
    signIn: ExternalSignIn | UserSignIn,
    { application, authSource: source, scopes }: LoginRequest,
    attempt: LoginAttempt,
    journal?: LoginJournal,
  ): Promise<Authorization> {
    if (signIn.kind === 'external') assertIdentities(signIn.identities);
    else assertUserId(signIn.userId);
    const known = await this.known(signIn);
    attempt.userId = known?.id;
    if (known) assertNormal(known);
    else if (!maySignUp(signIn)) throw unknownUser();
    const vouched = await vouchedBy(signIn);
    if (journal && !journal.vouched) await journal.vouch(vouched);
    return this.unitOfWork.run(async (manager) => {
      // WeChat may have taken its time.
      await this.standing.assertOpen(application.clientId, source.id, manager);
      const resolved = await this.resolve(manager, vouched, source);
      const { user } = resolved;
      if (resolved.created && !maySignUp(signIn)) throw unknownUser();
      assertNormal(user);
      await this.recordSuccess(manager, resolved, scopes, { ...attempt, userId: user.id });
      const session = hasRefreshTokens(application)
        ? await this.refreshTokens.open(manager, application, {
            userId: user.id,
            authSourceId: source.id,
            scopes: [...scopes],
          })
        : undefined;
      await journal?.write(manager, { userId: user.id, scopes, session });
      return { application, subject: user.id, user, scopes, session };
    });
  }

  /**
   * Goes on with a login that has been written.
   *
   * @throws InvalidGrant when the user has been locked, frozen or deleted since
   */
  async resume(application: Application, { userId, scopes, session }: Written): Promise<Authorization> {
    const user = await this.users.find(userId);
    if (!user) throw new InvalidGrant('Abnormal user status', 'the user has been deleted');
    assertNormal(user);
    return { application, subject: user.id, user, scopes, session };
  }

  private known(signIn: ExternalSignIn | UserSignIn): Promise<User | undefined> {
    return signIn.kind === 'user'
      ? this.users.find(signIn.userId)
      : this.users.findByIdentities(signIn.identities);
  }

  private async resolve(manager: EntityManager, vouched: Vouched, source: AuthSource): Promise<ResolvedUser> {
    if ('identities' in vouched) {
      const attributes = mapAttributes(source.attributeMapping, vouched.profile);
      return this.users.findOrCreate(manager, vouched.identities, attributes);
    }
    const user = await this.users.find(vouched.userId, manager);
    if (!user) throw unknownUser();
    return { user, created: false, linked: [], conflictingUserId: undefined, updated: [] };
  }

  private async recordSuccess(
    manager: EntityManager,
    { user, created, linked, conflictingUserId, updated }: ResolvedUser,
    scopes: readonly string[],
    attempt: LoginAttempt,
  ): Promise<void> {
    const identities = linked.map(({ type }) => type);
    const written = {
      attributes: updated,
      ...(updated.includes('phone_number') ? { phone_number: maskPhoneNumber(user.phoneNumber!) } : {}),
    };
    if (created) await this.audit.record(manager, 'user_created', attempt, written);
    else if (updated.length > 0) await this.audit.record(manager, 'user_updated', attempt, written);
    if (identities.length > 0) await this.audit.record(manager, 'identity_linked', attempt, { identities });
    if (conflictingUserId) {
      await this.audit.record(manager, 'identity_conflict', attempt, {
        conflicting_user_id: conflictingUserId,
      });
    }
    const detail = { grant_type: attempt.grantType, scope: scopes.join(' ') };
    await this.audit.record(manager, 'login_succeeded', attempt, detail);
  }
}

async function vouchedBy(signIn: ExternalSignIn | UserSignIn): Promise<Vouched> {
  if (signIn.kind === 'user') return { userId: signIn.userId };
  const { identities, signUp } = signIn;
  return { identities, profile: await signIn.profile(), signUp };
}

function maySignUp(signIn: ExternalSignIn | UserSignIn): boolean {
  return signIn.kind === 'external' && signIn.signUp !== false;
}

function unknownUser(): InvalidGrant {
  return new InvalidGrant('User not found');
}
