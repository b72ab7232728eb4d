import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { hasRefreshTokens, type Application } from '../applications/application.entity.js';
import { AuditService } from '../audit/audit.service.js';
import { maskPhoneNumber } from '../audit/phone-number.js';
import { mapAttributes } from '../auth-sources/attribute-mapping.js';
import { type AuthSource } from '../auth-sources/auth-source.entity.js';
import { type RowWriter } from '../database/new-rows.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { RefreshTokensService } from '../tokens/refresh-tokens.service.js';
import { assertIdentities, assertUserId } from '../users/identity.js';
import { type User } from '../users/user.entity.js';
import { UsersService, foundAsIs, type KnownPerson, type ResolvedUser } from '../users/users.service.js';
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

/** Who is signing in, before the profile is asked for. */
type LookedUp = KnownPerson | { readonly user: User | undefined };

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
    request: LoginRequest,
    attempt: LoginAttempt,
    journal?: LoginJournal,
  ): Promise<Authorization> {
    if (signIn.kind === 'external') assertIdentities(signIn.identities);
    else assertUserId(signIn.userId);
    const known = await this.lookUp(signIn);
    attempt.userId = known.user?.id;
    if (known.user) assertNormal(known.user);
    else if (!maySignUp(signIn)) throw unknownUser();
    const vouched = await vouchedBy(signIn);
    if (journal && !journal.vouched) await journal.vouch(vouched);
    const unchanged = journal ? undefined : await this.unchanged(known, vouched, request);
    if (!unchanged) return this.change(signIn, vouched, request, attempt, journal);
    assertNormal(unchanged.user);
    await this.standing.assertOpen(request.application.clientId, request.authSource.id);
    return this.unitOfWork.add((rows) => this.record(rows, unchanged, request, attempt));
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

  private async lookUp(signIn: ExternalSignIn | UserSignIn): Promise<LookedUp> {
    return signIn.kind === 'user'
      ? { user: await this.users.find(signIn.userId) }
      : this.users.findByIdentities(signIn.identities);
  }

  /** What the sign-in comes to if it changes nothing of the user. */
  private async unchanged(
    known: LookedUp,
    vouched: Vouched,
    { authSource }: LoginRequest,
  ): Promise<ResolvedUser | undefined> {
    if (!known.user) return undefined;
    if (!('identities' in vouched) || !('identities' in known)) return foundAsIs(known.user);
    const attributes = mapAttributes(authSource.attributeMapping, vouched.profile);
    // Whatever was asked for took its time.
    const asked = Object.keys(vouched.profile).length > 0;
    return this.users.unchanged(
      asked ? await this.users.findByIdentities(vouched.identities) : known,
      attributes,
    );
  }

  /** Reads and writes in one unit of work, so that nothing comes in between. */
  private change(
    signIn: ExternalSignIn | UserSignIn,
    vouched: Vouched,
    request: LoginRequest,
    attempt: LoginAttempt,
    journal: LoginJournal | undefined,
  ): Promise<Authorization> {
    return this.unitOfWork.run(async (manager, rows) => {
      // WeChat may have taken its time.
      await this.standing.assertOpen(request.application.clientId, request.authSource.id, manager);
      const resolved = await this.resolve(manager, rows, vouched, request.authSource);
      if (resolved.created && !maySignUp(signIn)) throw unknownUser();
      assertNormal(resolved.user);
      const authorization = await this.record(rows, resolved, request, attempt);
      const { subject: userId, scopes, session } = authorization;
      await journal?.write(manager, { userId, scopes, session });
      return authorization;
    });
  }

  private async resolve(
    manager: EntityManager,
    rows: RowWriter,
    vouched: Vouched,
    source: AuthSource,
  ): Promise<ResolvedUser> {
    if ('identities' in vouched) {
      const attributes = mapAttributes(source.attributeMapping, vouched.profile);
      return this.users.findOrCreate(manager, vouched.identities, attributes, rows);
    }
    const user = await this.users.find(vouched.userId, manager);
    if (!user) throw unknownUser();
    return foundAsIs(user);
  }

  /** The login, and what comes of it. */
  private async record(
    rows: RowWriter,
    resolved: ResolvedUser,
    { application, authSource, scopes }: LoginRequest,
    attempt: LoginAttempt,
  ): Promise<Authorization> {
    const { user } = resolved;
    await this.recordSuccess(rows, resolved, scopes, { ...attempt, userId: user.id });
    const session = hasRefreshTokens(application)
      ? await this.refreshTokens.open(rows, application, {
          userId: user.id,
          authSourceId: authSource.id,
          scopes: [...scopes],
        })
      : undefined;
    return { application, subject: user.id, user, scopes, session };
  }

  private async recordSuccess(
    rows: RowWriter,
    { user, created, linked, conflictingUserId, updated }: ResolvedUser,
    scopes: readonly string[],
    attempt: LoginAttempt,
  ): Promise<void> {
    const identities = linked.map(({ type }) => type);
    const written = {
      attributes: updated,
      ...(updated.includes('phone_number') ? { phone_number: maskPhoneNumber(user.phoneNumber!) } : {}),
    };
    if (created) await this.audit.record(rows, 'user_created', attempt, written);
    else if (updated.length > 0) await this.audit.record(rows, 'user_updated', attempt, written);
    if (identities.length > 0) await this.audit.record(rows, 'identity_linked', attempt, { identities });
    if (conflictingUserId) {
      await this.audit.record(rows, 'identity_conflict', attempt, {
        conflicting_user_id: conflictingUserId,
      });
    }
    const detail = { grant_type: attempt.grantType, scope: scopes.join(' ') };
    await this.audit.record(rows, 'login_succeeded', attempt, detail);
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
