import { type Clock } from '../clock.js';
import { type Consent } from './consent.js';
import { type Person } from './person.js';

export interface OneTimeCode {
  readonly appid: string;
  readonly person: Person;
  readonly expiresAt: number;
  /** Of a code of an authorization page. */
  readonly consent?: Consent;
  spent: boolean;
}

/** Every kind of code lives for five minutes. */
const LIFETIME_MS = 300_000;

/** Codes of one kind (wx.login, phone or authorization page): bound to an app and a user, good for five minutes and one use. */
export class OneTimeCodes {
  private readonly codes = new Map<string, OneTimeCode>();

  constructor(
    private readonly clock: Clock,
    private readonly random: () => string,
  ) {}

  issue(appid: string, person: Person, consent?: Consent): string {
    this.dropExpired();
    const code = this.random();
    const expiresAt = this.clock.now() + LIFETIME_MS;
    this.codes.set(code, { appid, person, expiresAt, consent, spent: false });
    return code;
  }

  /** A code that is alive, spent or not; WeChat has forgotten every other. */
  find(code: string): OneTimeCode | undefined {
    const known = this.codes.get(code);
    return known && this.clock.now() < known.expiresAt ? known : undefined;
  }

  /** A Map keeps the order of insertion, so the oldest codes stand first. */
  private dropExpired(): void {
    for (const [code, { expiresAt }] of this.codes) {
      if (this.clock.now() < expiresAt) return;
      this.codes.delete(code);
    }
  }
}
