import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager } from 'typeorm';
import { RowShape, placeholders, type Alias, type Row } from '../database/row-shape.js';
import { READS_AT_ONCE, SharedRoundTrips } from '../database/round-trips.js';
import { ExternalIdentity } from './external-identity.entity.js';
import { isSameIdentity, type IdentityKey } from './identity.js';
import { User } from './user.entity.js';

/** Reads rows: the database itself, or the manager of a unit of work. */
type Reader = Pick<EntityManager, 'query'>;

/** The look-ups of users that every request needs: written by hand, and shared by requests that come at once. */
@Injectable()
export class UserLookUps {
  private readonly user: Alias<User>;
  private readonly identity: Alias<ExternalIdentity>;
  private readonly usersOf: SharedRoundTrips<readonly IdentityKey[], ExternalIdentity[]>;
  private readonly users: SharedRoundTrips<string, User | undefined>;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.user = RowShape.of(dataSource, User).as('u');
    this.identity = RowShape.of(dataSource, ExternalIdentity).as('i');
    this.usersOf = new SharedRoundTrips(async (people) => {
      const rows = await this.identityRows(dataSource, people.flat());
      return people.map((identities) => this.identitiesIn(rows, identities));
    }, READS_AT_ONCE);
    this.users = new SharedRoundTrips(async (ids) => {
      const rows = await this.userRows(dataSource, ids);
      return ids.map((id) => this.userIn(rows, id));
    }, READS_AT_ONCE);
  }

  /**
   * Those of the identities that are known, each with its user; in no order.
   *
   * @param manager of the unit of work that the answer matters to, if there is one
   */
  async byIdentities(
    identities: readonly IdentityKey[],
    manager?: EntityManager,
  ): Promise<ExternalIdentity[]> {
    if (!manager) return this.usersOf.ask(identities);
    return this.identitiesIn(await this.identityRows(manager, identities), identities);
  }

  /** @param manager of the unit of work that the answer matters to, if there is one */
  async byId(id: string, manager?: EntityManager): Promise<User | undefined> {
    return manager ? this.userIn(await this.userRows(manager, [id]), id) : this.users.ask(id);
  }

  private identityRows(reader: Reader, identities: readonly IdentityKey[]): Promise<Row[]> {
    // By issuer, so that the primary key finds each list of subjects in it.
    const subjects = new Map<string, [IdentityKey, Set<string>]>();
    for (const identity of identities) {
      const name = `${identity.type} ${identity.issuer}`;
      const [, list] = subjects.get(name) ?? [identity, new Set()];
      subjects.set(name, [identity, list.add(identity.subject)]);
    }
    const groups = [...subjects.values()];
    const wanted = groups.map(
      ([, { size }]) => `i.type = ? AND i.issuer = ? AND i.subject IN (${placeholders(size)})`,
    );
    return reader.query(
      `SELECT ${this.identity.selection}, ${this.user.selection} FROM external_identities i ` +
        `INNER JOIN users u ON u.id = i.user_id WHERE ${wanted.map((group) => `(${group})`).join(' OR ')}`,
      groups.flatMap(([{ type, issuer }, values]) => [type, issuer, ...values]),
    );
  }

  /** Every request has objects of its own: it may write into them. */
  private identitiesIn(rows: readonly Row[], identities: readonly IdentityKey[]): ExternalIdentity[] {
    return rows
      .filter(({ i_type: type, i_issuer: issuer, i_subject: subject }) =>
        identities.some((identity) => isSameIdentity(identity, { type, issuer, subject } as IdentityKey)),
      )
      .map((row) => Object.assign(this.identity.read(row), { user: this.user.read(row) }));
  }

  private userRows(reader: Reader, ids: readonly string[]): Promise<Row[]> {
    const unique = [...new Set(ids)];
    return reader.query(
      `SELECT ${this.user.selection} FROM users u WHERE u.id IN (${placeholders(unique.length)})`,
      unique,
    );
  }

  private userIn(rows: readonly Row[], id: string): User | undefined {
    // MySQL takes a number for the beginning of one, and ignores trailing spaces.
    const row = rows.find(({ u_id }) => u_id === id);
    return row && this.user.read(row);
  }
}
