import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, type Repository } from 'typeorm';
import { ExternalIdentity } from './external-identity.entity.js';
import { isSameIdentity, type IdentityKey } from './identity.js';
import { RowGone } from '../database/database-errors.js';
import { forUpdate } from '../database/row-lock.js';
import { applyAttributes, type AttributeChange } from './profile.js';
import { User, newUser } from './user.entity.js';

/** What a sign-in did to the users. */
export interface ResolvedUser {
  readonly user: User;
  readonly created: boolean;
  /** Identities that were added to a user who had signed in before. */
  readonly linked: IdentityKey[];
  /** The weaker identity belongs to this other user; it was left there. */
  readonly conflictingUserId: string | undefined;
  /** Names of the attributes that have another value now. */
  readonly updated: string[];
}

@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(ExternalIdentity) private readonly identities: Repository<ExternalIdentity>,
  ) {}

  /** @param manager of the unit of work that the answer matters to, if there is one */
  async find(id: string, manager: EntityManager = this.identities.manager): Promise<User | undefined> {
    const user = await manager.findOneBy(User, { id });
    // MySQL takes a number for the beginning of one, and ignores trailing spaces.
    return user?.id === id ? user : undefined;
  }

  /** @param identities the strongest first; the first that is known decides */
  async findByIdentities(identities: readonly IdentityKey[]): Promise<User | undefined> {
    return strongest(identities, await this.known(this.identities.manager, identities))?.user;
  }

  /**
   * Finds the user of the identities, or creates one; adds whichever identity is missing, and writes the attributes.
   *
   * Must run in a unit of work: when another sign-in of the same person commits first, the insert of an identity
   * violates its unique key, and the unit of work runs again and finds that user.
   *
   * @param identities the strongest first; the first that is known decides
   */
  async findOrCreate(
    manager: EntityManager,
    identities: readonly IdentityKey[],
    attributes: readonly AttributeChange[],
  ): Promise<ResolvedUser> {
    const known = await this.known(manager, identities);
    const match = strongest(identities, known);
    const user = match ? match.user : newUser();
    const updated = applyAttributes(user, attributes, !match);
    if (!match) await manager.insert(User, user);
    else if (updated.length > 0) await this.update(manager, user.id, attributes);
    const missing = identities.filter((identity) => !known.some((row) => isSameIdentity(row, identity)));
    // One after the other, the strongest first: concurrent sign-ins of one person then meet at the same row.
    for (const identity of missing) {
      await manager.insert(ExternalIdentity, { ...identity, userId: user.id, createdAt: new Date() });
    }
    return {
      user,
      created: !match,
      linked: match ? missing : [],
      conflictingUserId: known.find((row) => row.userId !== user.id)?.userId,
      updated,
    };
  }

  /** Reads the user again under a lock, so that concurrent sign-ins do not undo each other's attributes. */
  private async update(
    manager: EntityManager,
    id: string,
    attributes: readonly AttributeChange[],
  ): Promise<void> {
    const user = await manager.findOne(User, { where: { id }, ...forUpdate(manager) });
    if (!user) throw new RowGone('The user has just been deleted');
    if (applyAttributes(user, attributes, false).length === 0) return;
    user.updatedAt = new Date();
    await manager.save(User, user);
  }

  private known(manager: EntityManager, identities: readonly IdentityKey[]): Promise<ExternalIdentity[]> {
    const where = identities.map(({ type, issuer, subject }) => ({ type, issuer, subject }));
    return manager.find(ExternalIdentity, { where, relations: { user: true } });
  }
}

function strongest(
  identities: readonly IdentityKey[],
  known: ExternalIdentity[],
): ExternalIdentity | undefined {
  for (const identity of identities) {
    const row = known.find((candidate) => isSameIdentity(candidate, identity));
    if (row) return row;
  }
  return undefined;
}
