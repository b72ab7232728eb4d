import { SimulatorClock, type Clock } from './clock.js';
import { CallLog, type CallFilter, type LoggedCall } from './endpoints/call-log.js';
import { type Fault } from './faults/fault.js';
import { Faults } from './faults/faults.js';
import { AccessTokens } from './state/access-tokens.js';
import { type App, type AppOptions } from './state/app.js';
import { Apps } from './state/apps.js';
import { type Consent } from './state/consent.js';
import {
  encrypt,
  plainProfile,
  type EncryptedData,
  type EncryptionOptions,
  type ProfileKind,
} from './state/encrypted-data.js';
import { randomAlphanumeric, randomHex } from './state/identifiers.js';
import { InvalidControlRequest } from './state/invalid-control-request.js';
import { OneTimeCodes } from './state/one-time-codes.js';
import { People } from './state/people.js';
import { type Person, type PersonOptions } from './state/person.js';
import { Quotas } from './state/quotas.js';
import { SessionKeys } from './state/session-keys.js';
import { UserAccessTokens } from './state/user-access-tokens.js';

/**
 * All that the simulated WeChat knows, and what can be done to it from outside: by tests as methods, by
 * everybody else through the control API, which calls the same methods. Users are named by their `id`.
 * A method throws InvalidControlRequest when it is given an app or a user that does not exist.
 *
 * @publicApi
 */
export class WechatState {
  readonly clock: SimulatorClock;
  apps: Apps;
  people: People;
  jsCodes: OneTimeCodes;
  phoneCodes: OneTimeCodes;
  authorizationCodes: OneTimeCodes;
  sessionKeys: SessionKeys;
  accessTokens: AccessTokens;
  userAccessTokens: UserAccessTokens;
  quotas: Quotas;
  faults: Faults;
  callLog: CallLog;

  constructor(
    clock?: Clock,
    private readonly initialApps: readonly AppOptions[] = [],
  ) {
    this.clock = new SimulatorClock(clock);
    this.reset();
  }

  /** Forgets everything but the apps that the simulator was started with; the clock's offset is 0 again. */
  reset(): void {
    this.clock.offsetMs = 0;
    this.apps = new Apps();
    this.people = new People();
    this.jsCodes = new OneTimeCodes(this.clock, () => randomAlphanumeric(32));
    this.phoneCodes = new OneTimeCodes(this.clock, () => randomHex(64));
    this.authorizationCodes = new OneTimeCodes(this.clock, () => randomAlphanumeric(32));
    this.sessionKeys = new SessionKeys(this.clock);
    this.accessTokens = new AccessTokens(this.clock);
    this.userAccessTokens = new UserAccessTokens(this.clock);
    this.quotas = new Quotas(this.clock);
    this.faults = new Faults();
    this.callLog = new CallLog();
    for (const app of this.initialApps) this.apps.put(app);
  }

  /** Creates an app, or changes the named members of one that exists. */
  addApp(options: AppOptions = {}): App {
    return this.apps.put(options);
  }

  /** Creates a user, or changes the named members of one that exists; knows the identifiers in every app. */
  addUser(options: PersonOptions = {}): Person {
    const person = this.people.put(options);
    for (const app of this.apps.all()) {
      this.people.openid(app, person);
      this.people.unionid(app, person);
    }
    return structuredClone(person);
  }

  /** What wx.login does on the user's phone: a js_code, and a new session key when the app's rotation says so. */
  login(appid: string, user: string): string {
    const app = this.apps.get(appid);
    const person = this.people.get(user);
    this.sessionKeys.renew(app, person);
    return this.jsCodes.issue(appid, person);
  }

  /** What the getPhoneNumber button gives: a phone code. */
  phoneCode(appid: string, user: string): string {
    return this.phoneCodes.issue(this.apps.get(appid).appid, this.people.get(user));
  }

  /**
   * What an authorization page, a website's QR code or a mobile app gives: a code. On a snapshot page the user is not
   * the real one, but one that WeChat has made up, always the same.
   */
  authorize(appid: string, user: string, consent: Partial<Consent> = {}): string {
    const { scope = 'snsapi_userinfo', snapshot = false } = consent;
    const person = this.people.get(user);
    const authorizing = snapshot ? this.people.put({ id: `snapshot of ${person.id}` }) : person;
    return this.authorizationCodes.issue(this.apps.get(appid).appid, authorizing, { scope, snapshot });
  }

  /** What wx.getUserProfile or wx.getUserInfo gives: a profile under the session key of this moment. */
  encryptedData(
    appid: string,
    user: string,
    profile: ProfileKind = 'real',
    options: EncryptionOptions = {},
  ): EncryptedData {
    const app = this.apps.get(appid);
    const person = this.people.get(user);
    const openid = this.people.openid(app, person);
    const unionid = app.unionid ? this.people.unionid(app, person) : undefined;
    const watermark = { timestamp: this.clock.seconds(), appid };
    const plain = { ...plainProfile(profile, person.profile, { openid, unionid }), watermark };
    return encrypt(this.sessionKey(appid, user), plain, options);
  }

  openid(appid: string, user: string): string {
    return this.people.openid(this.apps.get(appid), this.people.get(user));
  }

  /** The unionid that the user has, or would have if the app were bound to its open platform account. */
  unionid(appid: string, user: string): string {
    return this.people.unionid(this.apps.get(appid), this.people.get(user));
  }

  /** The valid session key, base64. */
  sessionKey(appid: string, user: string): string {
    const key = this.sessionKeys.current(this.apps.get(appid), this.people.get(user));
    if (key === undefined) throw InvalidControlRequest.field('user', `${user} has not logged in to ${appid}`);
    return key;
  }

  fault(fault: Fault): void {
    this.faults.add(fault);
  }

  clearFaults(): void {
    this.faults.clear();
  }

  calls(filter?: CallFilter): LoggedCall[] {
    return this.callLog.matching(filter);
  }

  clearCalls(): void {
    this.callLog.clear();
  }
}
