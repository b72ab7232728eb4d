import { type AccessToken } from './access-token.js';
import { Family, type Person, type RefreshToken } from './family.js';
import { ACCESS_TTL, SCOPES, type ClientName, type UserName } from './settings.js';
import { fixed, type Case, type Verdict } from './verdict.js';

export interface ClientState {
  enabled: boolean;
  refreshTokens: boolean;
}

/** A refresh token that somebody presents, and the family that it is of. */
export interface PresentedToken {
  readonly family: Family;
  readonly token: RefreshToken;
}

/** What the database holds of a run. */
export interface Records {
  /** The refresh tokens that are neither consumed nor expired nor revoked, in the order in which they were issued. */
  readonly live: readonly Pick<RefreshToken, 'number' | 'expiresAt'>[];
  /** For each audit event `refresh_token_reuse` the first refresh token of its family, in that order too. */
  readonly stolen: readonly number[];
}

/**
 * What refresh tokens must do, after the documentation alone: no HTTP, no database, no hashes.
 *
 * A method says what the service must answer, and the model goes on from there.
 */
export class RefreshModel {
  /** Milliseconds since the run began. */
  now = 0;
  sourceEnabled = true;
  readonly clients: Record<ClientName, ClientState> = {
    mini: { enabled: true, refreshTokens: true },
    other: { enabled: true, refreshTokens: true },
  };
  readonly families: Family[] = [];
  readonly accessTokens: AccessToken[] = [];
  /** The cases that the run has come to. */
  readonly met = new Set<Case>();
  private readonly people: Person[] = [];
  private issuedRefreshTokens = 0;

  /** The user as whoever signed in last; there is nobody before the first sign-in and after a deletion. */
  personOf(user: UserName): Person | undefined {
    return this.people.find((person) => person.user === user && person.status !== 'DELETED');
  }

  signIn(user: UserName, client: ClientName, scope: string | undefined): Verdict {
    if (!this.clients[client].enabled) return fixed('client disabled');
    if (!this.sourceEnabled) return fixed('sign-in while the auth source is disabled');
    const known = this.personOf(user);
    if (known && known.status !== 'NORMAL') return fixed('user locked or frozen');
    const person = known ?? this.newPerson(user);
    const scopes = narrowed(SCOPES, scope);
    if (!this.clients[client].refreshTokens) {
      return this.grant('signed in without refresh token', { client, person, scopes, family: undefined });
    }
    const family = new Family(client, person, scopes, this.now, ++this.issuedRefreshTokens);
    this.families.push(family);
    return this.grant('signed in', { client, person, scopes, family });
  }

  /** @param presented `undefined` is a token that nobody was given */
  refresh(presented: PresentedToken | undefined, client: ClientName, scope: string | undefined): Verdict {
    if (!this.clients[client].enabled) return fixed('client disabled');
    if (isBeyond(SCOPES, scope)) return fixed('scope too wide');
    if (!this.clients[client].refreshTokens) return fixed('refresh tokens switched off');
    if (!presented) return fixed('token unknown');
    const { family, token } = presented;
    if (family.client !== client) return fixed('token of another client');
    const refused = family.refusalOf(token, this.now);
    if (refused === 'consumed token too late' || refused === 'consumed token after its successor') {
      family.ended = family.stolen = true;
    }
    if (refused) return fixed(refused);
    const { person } = family;
    if (person.status === 'DELETED') return fixed('user deleted');
    if (person.status !== 'NORMAL') return fixed('user locked or frozen');
    if (!this.sourceEnabled) return fixed('auth source disabled');
    if (isBeyond(family.scopes, scope)) return fixed('scope too wide');
    const scopes = narrowed(family.scopes, scope);
    if (token !== family.current) return this.grant('replayed', { client, person, scopes, family });
    token.consumedAt = this.now;
    family.issue(++this.issuedRefreshTokens, this.now);
    return this.grant('rotated', { client, person, scopes, family });
  }

  /** @param token `undefined` is a token that nobody was given */
  revoke(token: PresentedToken | AccessToken | undefined, client: ClientName): Verdict {
    if (!this.clients[client].enabled) return fixed('client disabled');
    if (!token || this.isExpiredAccessToken(token)) return fixed('unknown token revoked');
    const owner = 'token' in token ? token.family.client : token.client;
    if (owner !== client) return fixed('revocation by another client');
    if ('token' in token) {
      token.family.ended = true;
      return fixed('family revoked');
    }
    token.revoked = true;
    return fixed('access token revoked');
  }

  /** Somebody asks with the access token who its user is. */
  userInfo(token: AccessToken): Verdict {
    const { person, scopes } = token;
    const isShutOut = person.status === 'LOCK' || person.status === 'FREEZE';
    const isDeleted = person.status === 'DELETED' && scopes.includes('openid');
    // Whether it was revoked does not matter then.
    if (this.isInForce(token) && isDeleted) return fixed('access token of a deleted user');
    if (!this.isValid(token) || isShutOut) return fixed('access token over');
    if (!scopes.includes('openid')) return fixed('access token without openid');
    return { reason: 'access token accepted', answer: { status: 200, body: { sub: person.number } } };
  }

  /** A resource server asks what the token is worth. @param token `undefined` is a token that nobody was given */
  introspect(token: PresentedToken | AccessToken | undefined): Verdict {
    if (!token) return fixed('unknown token inactive');
    const isRefreshToken = 'token' in token;
    const { client, person } = isRefreshToken ? token.family : token;
    const works = isRefreshToken ? this.wouldRotate(token) : this.isValid(token);
    if (!works || person.status !== 'NORMAL') {
      return fixed(isRefreshToken ? 'refresh token inactive' : 'access token inactive');
    }
    const { scopes } = isRefreshToken ? token.family : token;
    const body = { active: true, scope: scopes.join(' '), client_id: client, sub: person.number };
    const reason = isRefreshToken ? 'refresh token active' : 'access token active';
    return { reason, answer: { status: 200, body } };
  }

  /** What the database must hold. */
  records(): Records {
    const live = this.families.filter((family) => family.isLive(this.now));
    return {
      live: live
        .map(({ current: { number, expiresAt } }) => ({ number, expiresAt }))
        .sort((one, other) => one.number - other.number),
      stolen: this.families.filter(({ stolen }) => stolen).map(({ tokens }) => tokens[0]!.number),
    };
  }

  private isValid(token: AccessToken): boolean {
    return !token.revoked && !token.family?.ended && this.isInForce(token);
  }

  private isInForce({ client, expiresAt }: AccessToken): boolean {
    return expiresAt > this.now && this.clients[client].enabled;
  }

  private isExpiredAccessToken(token: PresentedToken | AccessToken): boolean {
    return !('token' in token) && token.expiresAt <= this.now;
  }

  private wouldRotate({ family, token }: PresentedToken): boolean {
    const { enabled, refreshTokens } = this.clients[family.client];
    const isCurrent = token === family.current && family.isLive(this.now);
    return isCurrent && enabled && refreshTokens && this.sourceEnabled;
  }

  private newPerson(user: UserName): Person {
    const person: Person = { number: this.people.length + 1, user, status: 'NORMAL' };
    this.people.push(person);
    return person;
  }

  private grant(reason: Case, grant: Pick<AccessToken, 'client' | 'person' | 'scopes' | 'family'>): Verdict {
    const { client: aud, person, scopes, family } = grant;
    const sub = person.number;
    // A JSON Web Token has whole seconds.
    const expiresAt = Math.floor(this.now / 1000) * 1000 + ACCESS_TTL;
    const number = this.accessTokens.length + 1;
    this.accessTokens.push({ ...grant, number, expiresAt, revoked: false });
    const body = {
      access_token: { number, sub, aud, scope: scopes },
      ...(family && { refresh_token: family.current.number }),
      scope: scopes.join(' '),
      ...(scopes.includes('openid') && { id_token: { sub, aud } }),
      token_type: 'Bearer',
      expires_in: Math.floor((expiresAt - this.now) / 1000),
    };
    return { reason, answer: { status: 200, body } };
  }
}

function isBeyond(scopes: readonly string[], scope: string | undefined): boolean {
  return scope?.split(' ').some((name) => !scopes.includes(name)) ?? false;
}

function narrowed(scopes: readonly string[], scope: string | undefined): readonly string[] {
  const wanted = scope?.split(' ');
  return wanted ? scopes.filter((name) => wanted.includes(name)) : scopes;
}
