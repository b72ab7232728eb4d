import { type Clock } from '../clock.js';
import { type App } from './app.js';
import { randomSessionKey } from './identifiers.js';
import { type Person } from './person.js';

interface SessionKey {
  readonly value: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/**
 * At any time one session key is valid for a user of a mini program.
 *
 * @see https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html
 */
export class SessionKeys {
  private readonly keys = new Map<string, SessionKey>();

  constructor(private readonly clock: Clock) {}

  /** What wx.login does: makes a new key where there is none, or where the app's rotation says so. */
  renew(app: App, person: Person): void {
    const known = this.find(app, person);
    const ageMs = known ? this.clock.now() - known.createdAt : 0;
    const rotates =
      app.session_key_rotation === 'always' ||
      (app.session_key_rotation === 'min_period' && ageMs >= app.session_key_min_period * 1000);
    if (rotates) this.drop(app, person);
    this.ensure(app, person);
  }

  /** The valid key, or a new one where there is none. */
  ensure(app: App, person: Person): string {
    const expiresAt = this.clock.now() + app.session_key_ttl * 1000;
    return this.current(app, person) ?? this.create(app, person, expiresAt);
  }

  current(app: App, person: Person): string | undefined {
    return this.find(app, person)?.value;
  }

  /** Voids the key and hands out another that expires when the old one would have; undefined without one. */
  reset(app: App, person: Person): string | undefined {
    const known = this.find(app, person);
    return known && this.create(app, person, known.expiresAt);
  }

  private find(app: App, person: Person): SessionKey | undefined {
    const known = this.keys.get(`${app.appid} ${person.id}`);
    return known && this.clock.now() < known.expiresAt ? known : undefined;
  }

  private drop(app: App, person: Person): void {
    this.keys.delete(`${app.appid} ${person.id}`);
  }

  private create(app: App, person: Person, expiresAt: number): string {
    const value = randomSessionKey();
    this.keys.set(`${app.appid} ${person.id}`, { value, createdAt: this.clock.now(), expiresAt });
    return value;
  }
}
