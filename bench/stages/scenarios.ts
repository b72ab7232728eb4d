import * as requests from '../people/login-requests.js';
import { PEOPLE } from './effort.js';
import { type Parties } from './parties.js';

/** The keys of the results. */
export type ScenarioKey =
  | 'login'
  | 'peer'
  | 'loginWithRefresh'
  | 'refresh'
  | 'loginEs256'
  | 'firstLogin'
  | 'profileAndPhone'
  | 'introspection'
  | 'userinfo'
  | 'jwks'
  | 'sqlite';

/** What earlier scenarios of a round have left to later ones. */
export interface Tokens {
  access: string[];
  refresh: string[];
}

export interface Scenario {
  readonly name: string;
  readonly by: keyof Parties;
  /** Whether each request signs tokens. */
  readonly signs: boolean;
  readonly requests: (count: number, tokens: Tokens) => Buffer[];
  readonly leaves?: (answers: Answer[], tokens: Tokens) => void;
}

interface Answer {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Nobody that the database begins with. */
let stranger = 10_000_000;

/** In an order in which each finds what it needs. */
export const scenarios: Readonly<Record<ScenarioKey, Scenario>> = {
  login: {
    name: 'login of a known user, RS256',
    by: 'service',
    signs: true,
    requests: (count) => each(count, (index) => requests.login('rs256', index % PEOPLE)),
    leaves: (answers, tokens) => (tokens.access = answers.map(({ access_token }) => access_token)),
  },
  peer: {
    name: 'oidc-provider: login of a known user, RS256',
    by: 'peer',
    signs: true,
    requests: (count) => each(count, (index) => requests.peerLogin(index % PEOPLE)),
  },
  loginWithRefresh: {
    name: 'the same with a refresh token',
    by: 'service',
    signs: true,
    requests: (count) => each(count, (index) => requests.login('refresh', index % PEOPLE)),
    leaves: (answers, tokens) => (tokens.refresh = answers.map(({ refresh_token }) => refresh_token)),
  },
  refresh: {
    name: 'refresh',
    by: 'service',
    signs: true,
    requests: (_count, { refresh }) => refresh.map((token) => requests.refresh('refresh', token)),
  },
  loginEs256: {
    name: 'login of a known user, ES256',
    by: 'service',
    signs: true,
    requests: (count) => each(count, (index) => requests.login('es256', index % PEOPLE)),
  },
  firstLogin: {
    name: 'first login',
    by: 'service',
    signs: true,
    requests: (count) => each(count, () => requests.login('rs256', stranger++)),
  },
  profileAndPhone: {
    name: 'login with profile and phone number',
    by: 'service',
    signs: true,
    requests: (count) => each(count, (index) => requests.loginWithProfileAndPhone('rs256', index % PEOPLE)),
  },
  introspection: {
    name: 'introspection',
    by: 'service',
    signs: false,
    requests: (count, { access }) =>
      each(count, (index) => requests.introspection(access[index % access.length]!)),
  },
  userinfo: {
    name: 'userinfo',
    by: 'service',
    signs: false,
    requests: (count, { access }) =>
      each(count, (index) => requests.userinfo(access[index % access.length]!)),
  },
  jwks: {
    name: 'JWKS',
    by: 'service',
    signs: false,
    requests: (count) => each(count, requests.jwks),
  },
  sqlite: {
    name: 'login of a known user, RS256, on SQLite',
    by: 'sqlite',
    signs: true,
    requests: (count) => each(count, (index) => requests.login('rs256', index % PEOPLE)),
  },
};

export const scenarioEntries = Object.entries(scenarios) as [ScenarioKey, Scenario][];

export function leave({ leaves }: Scenario, bodies: readonly Buffer[], tokens: Tokens): void {
  if (leaves)
    leaves(
      bodies.map((body) => JSON.parse(body.toString()) as Answer),
      tokens,
    );
}

function each(count: number, make: (index: number) => Buffer): Buffer[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
