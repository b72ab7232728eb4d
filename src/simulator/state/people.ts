import { type App } from './app.js';
import { derivedOpenid, randomHex } from './identifiers.js';
import { InvalidControlRequest } from './invalid-control-request.js';
import { newPerson, type Person, type PersonOptions } from './person.js';

/** The WeChat users, and what each app calls them. */
export class People {
  private readonly people = new Map<string, Person>();
  private readonly owners = new Map<string, Person>();

  /**
   * Creates the user, or changes the named members of one that exists.
   *
   * @throws InvalidControlRequest when another user has the openid or the unionid
   */
  put(options: PersonOptions): Person {
    const id = options.id ?? `user-${randomHex(12)}`;
    const known = this.people.get(id) ?? { ...newPerson, id, openids: {}, unionids: {} };
    this.requireOwn(known, 'openids', options.openids);
    this.requireOwn(known, 'unionids', options.unionids);
    known.profile = { ...known.profile, ...options.profile };
    known.phone = options.phone ?? known.phone;
    known.blocked = options.blocked ?? known.blocked;
    this.people.set(id, known);
    this.rename(known, 'openids', options.openids);
    this.rename(known, 'unionids', options.unionids);
    return known;
  }

  /** @throws InvalidControlRequest when there is no such user */
  get(id: string): Person {
    const person = this.people.get(id);
    if (!person) throw InvalidControlRequest.field('user', `no such user ${id}`);
    return person;
  }

  openid(app: App, person: Person): string {
    return this.identifier(person, 'openids', app.appid);
  }

  unionid(app: App, person: Person): string {
    return this.identifier(person, 'unionids', app.open_platform_account);
  }

  /** Knows a derived openid only once it has been handed out. */
  findByOpenid(app: App, openid: string): Person | undefined {
    return this.owners.get(key('openids', app.appid, openid));
  }

  private identifier(person: Person, kind: IdentifierKind, scope: string): string {
    const known = person[kind][scope];
    if (known !== undefined) return known;
    const derived = derivedOpenid(`${kind} ${scope}`, person.id);
    this.rename(person, kind, { [scope]: derived });
    return derived;
  }

  private requireOwn(person: Person, kind: IdentifierKind, names: Record<string, string> = {}): void {
    for (const [scope, name] of Object.entries(names)) {
      const owner = this.owners.get(key(kind, scope, name));
      if (owner && owner !== person) {
        throw InvalidControlRequest.field(`${kind}.${scope}`, `${name} belongs to user ${owner.id}`);
      }
    }
  }

  private rename(person: Person, kind: IdentifierKind, names: Record<string, string> = {}): void {
    for (const [scope, name] of Object.entries(names)) {
      const former = person[kind][scope];
      if (former !== undefined) this.owners.delete(key(kind, scope, former));
      person[kind][scope] = name;
      this.owners.set(key(kind, scope, name), person);
    }
  }
}

type IdentifierKind = 'openids' | 'unionids';

function key(kind: IdentifierKind, scope: string, name: string): string {
  return `${kind}\n${scope}\n${name}`;
}
