import { Injectable } from '@nestjs/common';
import { In, LessThan, Raw, type EntityManager, type FindOperator, type FindOptionsWhere } from 'typeorm';
import { pageOf, type Page, type PageRequest } from '../database/page.js';
import { forUpdate } from '../database/row-lock.js';
import { ExternalIdentity } from './external-identity.entity.js';
import { User, type UserStatus } from './user.entity.js';

/** Whom an operator looks for; what is absent does not matter. */
export interface UserFilter {
  /** E.164. */
  readonly phoneNumber?: string;
  readonly openid?: string;
  readonly unionid?: string;
  readonly status?: UserStatus;
}

/** A user, and who that is elsewhere. */
export interface KnownUser {
  readonly user: User;
  readonly identities: readonly ExternalIdentity[];
}

/** The users as an operator sees them. Everything runs in the caller's unit of work. */
@Injectable()
export class UserDirectory {
  /** The newest first. */
  async list(
    manager: EntityManager,
    { phoneNumber, openid, unionid, status }: UserFilter,
    { limit, after }: PageRequest,
  ): Promise<Page<KnownUser>> {
    const narrowed: string[][] = [];
    if (openid !== undefined) narrowed.push(await userIdsOf(manager, 'wechat_openid', openid));
    if (unionid !== undefined) narrowed.push(await userIdsOf(manager, 'wechat_unionid', unionid));
    const base: FindOptionsWhere<User> = {
      ...(phoneNumber === undefined ? {} : { phoneNumber }),
      ...(status === undefined ? {} : { status: phoneNumber === undefined ? status : notLookedUp(status) }),
    };
    const [first, ...others] = narrowed;
    // Few: an identity is unique under its issuer.
    const ids = first?.filter((id) => others.every((list) => list.includes(id)) && (!after || id < after));
    const where = {
      ...base,
      ...(ids ? { id: In(ids) } : after === undefined ? {} : { id: LessThan(after) }),
    };
    const rows = await manager.find(User, { where, order: { id: 'DESC' }, take: limit + 1 });
    const page = pageOf(rows, limit, ({ id }) => id);
    return { ...page, items: await withIdentities(manager, page.items) };
  }

  /** The user as the database has it; others may not change it until the unit of work is over. */
  async read(manager: EntityManager, id: string): Promise<KnownUser | undefined> {
    const user = await manager.findOne(User, { where: { id }, ...forUpdate(manager) });
    // MySQL ignores trailing spaces when it compares.
    return user?.id === id ? (await withIdentities(manager, [user]))[0] : undefined;
  }

  /** @param user as `read` has it, changed */
  async save(manager: EntityManager, user: User): Promise<void> {
    user.updatedAt = new Date();
    await manager.save(User, user);
  }

  /** Erases the user with its profile and its identities: the same person will be a new user. */
  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(User, { id });
  }
}

/** Nearly everybody has the same status: where there is a better index, a database must not take that of this one. */
function notLookedUp(status: UserStatus): FindOperator<UserStatus> {
  const same = Raw((column) => `COALESCE(${column}, '') = :status`, { status });
  return same as FindOperator<UserStatus>;
}

async function userIdsOf(manager: EntityManager, type: string, subject: string): Promise<string[]> {
  const rows = await manager.find(ExternalIdentity, { where: { type, subject }, select: { userId: true } });
  return [...new Set(rows.map(({ userId }) => userId))];
}

async function withIdentities(manager: EntityManager, users: readonly User[]): Promise<KnownUser[]> {
  const identities = await manager.findBy(ExternalIdentity, { userId: In(users.map(({ id }) => id)) });
  identities.sort((one, other) => +one.createdAt - +other.createdAt || one.type.localeCompare(other.type));
  return users.map((user) => ({ user, identities: identities.filter(({ userId }) => userId === user.id) }));
}
