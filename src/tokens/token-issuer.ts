import { Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { v4 as uuid } from 'uuid';
import { HttpConfig } from '../config/http.config.js';
import { type SigningAlgorithm } from '../config/signing-algorithms.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { SigningKeysService } from './signing-keys.service.js';
import { signedToken } from './token-signature.js';

/** How an application wants its tokens. Lifetimes are in seconds. */
export interface TokenSettings {
  readonly clientId: string;
  readonly accessTokenTtl: number;
  readonly idTokenTtl: number;
  readonly signingAlg: SigningAlgorithm;
  /** `ciam`: `typ` JWT, `scope` an array. `rfc9068`: `typ` at+jwt, `scope` a string, `client_id`. */
  readonly tokenProfile: 'ciam' | 'rfc9068';
}

export interface SignedToken {
  readonly token: string;
  /** When it expires, in milliseconds since 1970; a whole second. */
  readonly expiresAt: number;
}

/** Builds and signs the JSON Web Tokens. */
@Injectable()
export class TokenIssuer {
  private readonly signing: Histogram<'alg'>;

  constructor(
    private readonly keys: SigningKeysService,
    private readonly http: HttpConfig,
    registry: MetricsRegistry,
  ) {
    this.signing = new Histogram({
      name: 'ciam_token_signing_duration_seconds',
      help: 'Time from the wish for a token to its signature, the wait for a thread included',
      labelNames: ['alg'],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05],
      registers: [registry],
    });
  }

  /**
   * @param subject the user's id; the client's own for a token without user
   * @param iat when it is issued, in seconds since 1970
   * @param jti its id, where somebody remembers it
   * @see RFC 9068 §2.2 for the profile `rfc9068`
   */
  async accessToken(
    settings: TokenSettings,
    subject: string,
    scopes: readonly string[],
    iat: number,
    jti: string = uuid(),
  ): Promise<SignedToken> {
    const { clientId, accessTokenTtl, signingAlg, tokenProfile } = settings;
    const exp = iat + accessTokenTtl;
    const isCiam = tokenProfile === 'ciam';
    const claims = {
      sub: subject,
      aud: clientId,
      ...(isCiam ? {} : { client_id: clientId }),
      nbf: iat,
      scope: isCiam ? scopes : scopes.join(' '),
      iss: this.http.issuer,
      exp,
      iat,
      jti,
    };
    const token = await this.sign(signingAlg, isCiam ? 'JWT' : 'at+jwt', claims);
    return { token, expiresAt: exp * 1000 };
  }

  /**
   * @param iat when it is issued, in seconds since 1970
   * @param userClaims what the token says of the user besides who it is
   * @see OpenID Connect Core 1.0 §2
   */
  idToken(
    settings: TokenSettings,
    userId: string,
    iat: number,
    userClaims: Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const { clientId, idTokenTtl, signingAlg } = settings;
    return this.sign(signingAlg, 'JWT', {
      sub: userId,
      aud: clientId,
      azp: clientId,
      iss: this.http.issuer,
      exp: iat + idTokenTtl,
      iat,
      jti: uuid(),
      ...userClaims,
    });
  }

  private async sign(
    alg: SigningAlgorithm,
    typ: string,
    claims: { readonly iat: number; readonly exp: number; readonly [name: string]: unknown },
  ): Promise<string> {
    const { kid, key } = await this.keys.signer(alg, claims.exp - claims.iat);
    const signed = this.signing.startTimer({ alg });
    const token = await signedToken({ alg, typ, kid }, claims, key);
    signed();
    return token;
  }
}
