import { type Person } from './person.js';
import { type Footprint } from './footprint.js';

/** Something that a client asks for, that a process may die over, and that the client then asks for again. */
export interface UseCase {
  readonly name: string;
  /** What has happened before. */
  prepare(person: Person): Promise<void>;
  /** The request's body: each time another `js_code`, and the same refresh token. */
  request(person: Person): object;
  readonly before: Footprint;
  /** When the request has been handled once, and once more. */
  readonly after: readonly [Footprint, Footprint];
  /** Files that must have points, of those that the request passes. */
  readonly files: readonly string[];
}

const NOBODY: Footprint = {
  users: [],
  identities: [],
  events: {},
  sessions: 0,
  refreshTokens: 0,
  consumedRefreshTokens: 0,
  accessTokens: 0,
};

/** @param updates how many logins have changed the profile */
function signedIn(times: number, nickname: string, updates = 0): Footprint {
  return {
    users: [{ nickname, phoneNumber: '+8613800138000' }],
    identities: ['wechat_openid', 'wechat_unionid'],
    events: {
      user_created: 1,
      login_succeeded: times,
      ...(updates > 0 ? { user_updated: updates } : {}),
    },
    sessions: times,
    refreshTokens: times,
    consumedRefreshTokens: 0,
    accessTokens: times,
  };
}

function refreshed(rotations: number, accessTokens: number): Footprint {
  return {
    ...signedIn(1, 'Band'),
    refreshTokens: 1 + rotations,
    consumedRefreshTokens: rotations,
    accessTokens: 1 + accessTokens,
  };
}

const SHARED_FILES = [
  'applications/applications.service.js',
  'database/unit-of-work.js',
  'oauth/grant-exchange.js',
  'oauth/client-authenticator.js',
  'oauth/oauth-parameters.js',
  'oauth/session-standing.js',
  'oauth/token-requests.js',
  'oauth/token-response.js',
  'oauth/token.controller.js',
  'tokens/access-tokens.service.js',
  'tokens/refresh-tokens.service.js',
  'tokens/signing-keys.service.js',
  'tokens/token-issuer.js',
];

const LOGIN_FILES = [
  ...SHARED_FILES,
  'audit/audit.service.js',
  'auth-sources/auth-sources.service.js',
  'oauth/grants/wechat-error-translation.js',
  'oauth/grants/wechat-jscode/wechat-jscode-grant.strategy.js',
  'oauth/sign-in.service.js',
  'users/users.service.js',
  'wechat/app-access-tokens.js',
  'wechat/wechat-http.client.js',
  'wechat/wechat.client.js',
];

const REFRESH_FILES = [...SHARED_FILES, 'oauth/session-renewal.service.js'];

export const USE_CASES: readonly UseCase[] = [
  {
    name: 'a first login with profile and phone number',
    prepare: () => Promise.resolve(),
    request: (person) => person.loginBody(),
    before: NOBODY,
    after: [signedIn(1, 'Band'), signedIn(2, 'Band')],
    files: LOGIN_FILES,
  },
  {
    name: 'a login of somebody whose profile has changed',
    prepare: async (person) => {
      await person.signIn();
      person.rename('Orchestra');
    },
    request: (person) => person.loginBody(),
    before: signedIn(1, 'Band'),
    after: [signedIn(2, 'Orchestra', 1), signedIn(3, 'Orchestra', 1)],
    files: LOGIN_FILES,
  },
  {
    name: 'a refresh',
    prepare: (person) => person.signIn(),
    request: (person) => person.refreshBody(),
    before: refreshed(0, 0),
    after: [refreshed(1, 1), refreshed(1, 2)],
    files: REFRESH_FILES,
  },
  {
    name: 'a refresh whose answer was lost',
    prepare: async (person) => {
      await person.signIn();
      await person.ask(person.refreshBody());
    },
    request: (person) => person.refreshBody(),
    before: refreshed(1, 1),
    after: [refreshed(1, 2), refreshed(1, 3)],
    files: REFRESH_FILES,
  },
];
