import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import jwt, { type Jwt, type JwtPayload } from 'jsonwebtoken';
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { HttpConfig } from '../config/http.config.js';
import { type RowWriter } from '../database/new-rows.js';
import { placeholders } from '../database/row-shape.js';
import { READS_AT_ONCE, SharedRoundTrips } from '../database/round-trips.js';
import { AccessToken } from './access-token.entity.js';
import { SigningKeysService, type Verifier } from './signing-keys.service.js';
import { VerifiedTokens } from './verified-tokens.js';

/** A token is signed after it was remembered; that may take so long, in milliseconds. */
const SIGNING_MS = 60_000;

/** What an access token of ours says. Times are in seconds since 1970. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly jti: string;
  /** The user's id; the client's own for a token without user. */
  readonly sub: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
}

/** Access tokens that are out: whether one that comes back is ours, and whether it has been revoked. */
@Injectable()
export class AccessTokensService {
  private readonly revocations: SharedRoundTrips<string, boolean>;
  private readonly verified = new VerifiedTokens<AccessTokenClaims>();

  constructor(
    private readonly keys: SigningKeysService,
    private readonly http: HttpConfig,
    @InjectDataSource() dataSource: DataSource,
  ) {
    this.revocations = new SharedRoundTrips(async (jtis) => {
      const rows = await dataSource.query<Revocation[]>(revocationsOf(jtis.length), [...jtis]);
      const ended = new Map(rows.map(({ jti, isRevoked }) => [jti, Boolean(Number(isRevoked))]));
      return jtis.map((jti) => ended.get(jti) ?? false);
    }, READS_AT_ONCE);
  }

  /**
   * Reads a token of either profile.
   *
   * @returns `undefined` unless it is an access token that we signed and that has not expired; it may have been revoked
   */
  async verify(token: string): Promise<AccessTokenClaims | undefined> {
    const known = this.verified.find(token);
    const kid = known?.kid ?? kidOf(token);
    const verifier = kid === undefined ? undefined : await this.keys.verifier(kid);
    if (!verifier) return undefined;
    if (known?.key === verifier.key) return isOver(known.claims) ? undefined : known.claims;
    const claims = this.read(token, verifier);
    if (claims) this.verified.remember(token, { kid: kid!, key: verifier.key, claims });
    return claims;
  }

  private read(token: string, { alg, key }: Verifier): AccessTokenClaims | undefined {
    try {
      const { header, payload } = jwt.verify(token, key, {
        algorithms: [alg],
        issuer: this.http.issuer,
        // It is the time of issue, and the clocks of two instances differ.
        ignoreNotBefore: true,
        complete: true,
      });
      return claimsOf(header, payload as JwtPayload);
    } catch {
      return undefined;
    }
  }

  /**
   * Remembers a token that is about to be signed: it will end with its session.
   *
   * @param ttl how long it will live, in seconds
   * @returns its `jti`
   */
  async remember(writer: RowWriter, sessionId: string, ttl: number): Promise<string> {
    const jti = uuid();
    const expiresAt = new Date(Date.now() + ttl * 1000 + SIGNING_MS);
    await writer.insert(AccessToken, { jti, sessionId, expiresAt, revokedAt: null });
    return jti;
  }

  /** Whether the token has been revoked, or its session has ended. */
  isRevoked({ jti }: AccessTokenClaims): Promise<boolean> {
    return this.revocations.ask(jti);
  }

  /** Ends one token; its session goes on. @returns whether it was not revoked already */
  async revoke(manager: EntityManager, { jti, exp }: AccessTokenClaims): Promise<boolean> {
    const revokedAt = new Date();
    const { affected } = await manager.update(AccessToken, { jti, revokedAt: IsNull() }, { revokedAt });
    if (affected === 1) return true;
    if (await manager.existsBy(AccessToken, { jti })) return false;
    await manager.insert(AccessToken, { jti, sessionId: null, expiresAt: new Date(exp * 1000), revokedAt });
    return true;
  }
}

interface Revocation {
  readonly jti: string;
  /** A number, or the text of one. */
  readonly isRevoked: number | string;
}

function revocationsOf(count: number): string {
  return (
    'SELECT a.jti AS jti, a.revoked_at IS NOT NULL OR s.revoked_at IS NOT NULL AS isRevoked ' +
    'FROM access_tokens a LEFT JOIN sessions s ON s.id = a.session_id ' +
    `WHERE a.jti IN (${placeholders(count)})`
  );
}

/** Of what may be no token at all, and is not to be believed yet. */
function kidOf(token: string): string | undefined {
  try {
    const header = JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString()) as {
      readonly kid?: unknown;
    } | null;
    return typeof header?.kid === 'string' ? header.kid : undefined;
  } catch {
    return undefined;
  }
}

/** By the clock of `jsonwebtoken`, in whole seconds. */
function isOver({ exp }: AccessTokenClaims): boolean {
  return Math.floor(Date.now() / 1000) >= exp;
}

/** The same keys sign ID tokens, which have no scope. */
function claimsOf({ typ }: Jwt['header'], payload: JwtPayload): AccessTokenClaims | undefined {
  const { iss, jti, sub, aud, iat, nbf, exp } = payload;
  const scopes = typ === 'at+jwt' ? scopeNames(payload.scope) : (payload.scope as string[] | undefined);
  if (!Array.isArray(scopes)) return undefined;
  // The signature says that it is ours, and ours have all of them.
  return {
    iss: iss!,
    jti: jti!,
    sub: sub!,
    clientId: aud as string,
    scopes,
    iat: iat!,
    nbf: nbf!,
    exp: exp!,
  };
}

function scopeNames(scope: unknown): string[] | undefined {
  return typeof scope === 'string' ? scope.split(' ') : undefined;
}
