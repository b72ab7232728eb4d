import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { ExternalIdentity } from './external-identity.entity.js';
import { isSameIdentity, type IdentityKey } from './identity.js';
import { RowGone } from '../database/database-errors.js';
import { type RowWriter } from '../database/new-rows.js';
import { forUpdate } from '../database/row-lock.js';
import { applyAttributes, attributeVerdict, type AttributeChange } from './profile.js';
import { User, newUser } from './user.entity.js';
import { UserLookUps } from './user-look-ups.js';

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

/** Somebody whose identities have been looked up. */
export interface KnownPerson {
  /** The strongest first. */
  readonly identities: readonly IdentityKey[];
  /** Those of them that there are. */
  readonly known: readonly ExternalIdentity[];
  /** Whose the strongest of these is. */
  readonly user: User | undefined;
}

@Injectable()
export class UsersService {
  constructor(private readonly lookUps: UserLookUps) {}

  /** @param manager of the unit of work that the answer matters to, if there is one */
  find(id: string, manager?: EntityManager): Promise<User | undefined> {
    return this.lookUps.byId(id, manager);
  }

  /** @param identities the strongest first; the first that is known decides */
  async findByIdentities(identities: readonly IdentityKey[]): Promise<KnownPerson> {
    const known = await this.lookUps.byIdentities(identities);
    return { identities, known, user: strongest(identities, known)?.user };
  }

  /**
   * What a sign-in comes to that finds everything as it is to be.
   *
   * @returns nothing when there is something to write, or to tell
   */
  unchanged(
    { identities, known, user }: KnownPerson,
    attributes: readonly AttributeChange[],
  ): ResolvedUser | undefined {
    const isComplete = known.length === identities.length && known.every(({ userId }) => userId === user?.id);
    if (!user || !isComplete) return undefined;
    if (attributes.some((change) => attributeVerdict(user, change, false) === 'new_value')) return undefined;
    return foundAsIs(user);
  }

  /**
   * Finds the user of the identities, or creates one; adds whichever identity is missing, and writes the attributes.
   *
   * Must run in a unit of work: when another sign-in of the same person commits first, the insert of an identity
   * violates its unique key, and the unit of work runs again and finds that user.
   *
   * @param identities the strongest first; the first that is known decides
   * @param rows takes what is to be inserted; by default it is at once
   */
  async findOrCreate(
    manager: EntityManager,
    identities: readonly IdentityKey[],
    attributes: readonly AttributeChange[],
    rows: RowWriter = manager,
  ): Promise<ResolvedUser> {
    const known = await this.lookUps.byIdentities(identities, manager);
    const match = strongest(identities, known);
    const user = match ? match.user : newUser();
    const updated = applyAttributes(user, attributes, !match);
    if (!match) await rows.insert(User, user);
    else if (updated.length > 0) await this.update(manager, user.id, attributes);
    const missing = identities.filter((identity) => !known.some((row) => isSameIdentity(row, identity)));
    // One after the other, the strongest first: concurrent sign-ins of one person then meet at the same row.
    for (const identity of missing) {
      await rows.insert(ExternalIdentity, { ...identity, userId: user.id, createdAt: new Date() });
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
}

/** A user who is left as he was. */
export function foundAsIs(user: User): ResolvedUser {
  return { user, created: false, linked: [], conflictingUserId: undefined, updated: [] };
}

function strongest(
  identities: readonly IdentityKey[],
  known: readonly ExternalIdentity[],
): ExternalIdentity | undefined {
  for (const identity of identities) {
    const row = known.find((candidate) => isSameIdentity(candidate, identity));
    if (row) return row;
  }
  return undefined;
}
