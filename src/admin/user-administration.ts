import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { maskPhoneNumber } from '../audit/phone-number.js';
import { type Page, type PageRequest } from '../database/page.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Erasure } from '../maintenance/erasure.service.js';
import { type User } from '../users/user.entity.js';
import { UserDirectory, type KnownUser, type UserFilter } from '../users/user-directory.js';
import { UnknownResource } from './administration.errors.js';
import { assertMatches, entityTag } from './entity-tag.js';
import { assertIdentifier } from './identifier.js';
import { type Operator } from './operator.js';
import { SessionAdministration } from './session-administration.js';
import { changeUser, type UserChange } from './user-change.js';

/** A person as an operator is told of it. */
export type UserAnswer = ReturnType<typeof answerOf>;

export interface AdministratedUser {
  readonly answer: UserAnswer;
  readonly etag: string;
}

/** What operators do with users. Every change is audited. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly directory: UserDirectory,
    private readonly sessions: SessionAdministration,
    private readonly audit: AuditService,
    private readonly erasure: Erasure,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  list(filter: UserFilter, request: PageRequest): Promise<Page<UserAnswer>> {
    return this.unitOfWork.read(async (manager) => {
      const page = await this.directory.list(manager, filter, request);
      return { ...page, items: page.items.map(answerOf) };
    });
  }

  /** @throws UnknownResource */
  read(id: string): Promise<AdministratedUser> {
    return this.unitOfWork.read(async (manager) => administrated(await this.known(manager, id)));
  }

  /**
   * Changes status and profile. A user who is not `NORMAL` has no access from now on, and has it again when that is over.
   *
   * @param ifMatch what the caller believes the user to be
   * @throws UnknownResource, ChangedMeanwhile
   */
  change(
    id: string,
    change: UserChange,
    ifMatch: string | undefined,
    operator: Operator,
  ): Promise<AdministratedUser> {
    return this.unitOfWork.run(async (manager) => {
      const known = await this.known(manager, id);
      assertMatches(ifMatch, administrated(known).etag);
      const { user } = known;
      const before = user.status;
      const attributes = changeUser(user, change);
      if (attributes.length > 0 || user.status !== before) await this.directory.save(manager, user);
      if (user.status !== before) await this.recordStatus(manager, user, before, operator);
      if (attributes.length > 0) await this.recordProfile(manager, user, attributes, operator);
      return administrated(known);
    });
  }

  /**
   * Erases the user: profile, identities, sessions, and what the audit has of the person. Repeating it finishes what was
   * cut off; so does the clean-up.
   *
   * @throws ChangedMeanwhile
   */
  async remove(id: string, ifMatch: string | undefined, operator: Operator): Promise<void> {
    assertIdentifier(id);
    const { by, ...requester } = operator;
    await this.unitOfWork.run(async (manager) => {
      const known = await this.directory.read(manager, id);
      if (!known) return;
      assertMatches(ifMatch, administrated(known).etag);
      await this.directory.remove(manager, id);
      await this.audit.record(manager, 'user_deleted', { userId: id, ...requester }, { by });
    });
    await this.sessions.endEachOf(id, operator);
    await this.erasure.erase(id);
  }

  private async known(manager: EntityManager, id: string): Promise<KnownUser> {
    const known = await this.directory.read(manager, id);
    if (!known) throw new UnknownResource();
    return known;
  }

  private recordStatus(
    manager: EntityManager,
    { id, status }: User,
    before: string,
    { by, ...requester }: Operator,
  ): Promise<void> {
    const detail = { before, after: status, by };
    return this.audit.record(manager, 'user_status_changed', { userId: id, ...requester }, detail);
  }

  private recordProfile(
    manager: EntityManager,
    { id, phoneNumber }: User,
    attributes: string[],
    { by, ...requester }: Operator,
  ): Promise<void> {
    const masked = phoneNumber && maskPhoneNumber(phoneNumber);
    return this.audit.record(
      manager,
      'user_updated',
      { userId: id, ...requester },
      { attributes, ...(attributes.includes('phone_number') ? { phone_number: masked } : {}), by },
    );
  }
}

function administrated(known: KnownUser): AdministratedUser {
  const answer = answerOf(known);
  return { answer, etag: entityTag(answer) };
}

function answerOf({ user, identities }: KnownUser) {
  return {
    id: user.id,
    status: user.status,
    name: user.name,
    nickname: user.nickname,
    picture: user.picture,
    gender: user.gender,
    locality: user.locality,
    region: user.region,
    country: user.country,
    locale: user.locale,
    phone_number: user.phoneNumber,
    custom: user.custom,
    identities: identities.map(({ type, issuer, subject }) => ({ type, issuer, subject })),
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}
